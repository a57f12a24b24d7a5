#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that executes another one in its place: the profile says so, and
# has all up to then; an attempt that failed is no end.
. "$(dirname "$0")/lib.sh"
need python3

for how in execve execv execvp execvpe execl execlp execle fexecve execveat; do
	record base -s all -- "$programs/replacing" $how >out 2>&1
	expect "$how: exit status" 0 $?
	expect "$how: output" "heapprof: $PWD/base: another program takes the \
place of this one, and is not recorded; heapprof-run --children does" \
		"$(cat out)"
	summary base
	expect "$how: bytes kept" True \
		"$(json base.json 'd["end"]["bytes"]["value"] >= 3000000')"
	report base >page 2>err || fail "$how: $(cat err)"
	grep -q '^  ended     by executing another program' page ||
		fail "$how: the page does not say how it ended: $(cat page)"
	expect "$how: notes" '' "$(cat err)"
done

# Only an attempt: it ends in the usual way.
record base -s all -- env /nowhere/true >out 2>&1
expect "exit status of a failed exec" 127 $?
report base >page 2>&1
! grep -q '^  ended' page || fail "a failed exec is taken for an end: $(cat page)"
