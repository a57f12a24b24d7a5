#!/bin/sh
# SPDX-License-Identifier: MIT
# A program with a malloc in its executable calls none of ours: that is said at
# the end and in the report, which is not just empty.
. "$(dirname "$0")/lib.sh"
need python3

record base -s all -- "$programs/own-malloc" >out 2>err
expect "exit status" 0 $?
expect "standard output" fine "$(cat out)"
grep -qi 'malloc' err || fail "nothing is said at the end: '$(cat err)'"
report base >report.txt 2>report.err
grep -qi 'malloc' report.txt report.err ||
	fail "nothing is said in the report: $(cat report.txt)"
