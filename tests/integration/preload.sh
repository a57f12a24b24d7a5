#!/bin/sh
# SPDX-License-Identifier: MIT
# Without heapprof-run: the environment alone starts the recorder, and the
# program's children have nothing of it.
. "$(dirname "$0")/lib.sh"
need python3

preload=${HEAPPROF_PRELOAD:-$builddir/.libs/libheapprof-preload.so}
[ -e "$preload" ] || fail "$preload is missing"

# with VARIABLE=VALUE...: the program under them, and no other
with()
{
	run env LD_PRELOAD="$preload" "$@" "$programs/sampling"
}

with HEAPPROF_OUTPUT=base HEAPPROF_SAMPLE=all >out 2>err || fail "status $?: $(cat err)"
expect_truth base out

# Relative to where the program starts, with the patterns expanded.
mkdir folder
(
	cd folder || exit 1
	with HEAPPROF_OUTPUT=%n-%% HEAPPROF_SAMPLE=all HEAPPROF_QUIET=1
) >out 2>err || fail "status $?: $(cat err)"
[ ! -s err ] || fail "not quiet: $(cat err)"
expect_truth folder/sampling-% out

# What cannot be understood is said; the program runs all the same.
with HEAPPROF_OUTPUT=wrong HEAPPROF_SAMPLE=abc >out2 2>err || fail "status $?: $(cat err)"
same "output" out out2
grep -q abc err || fail "a wrong HEAPPROF_SAMPLE is not mentioned: $(cat err)"
with HEAPPROF_OUTPUT=nosuch/base HEAPPROF_SAMPLE=all >out2 2>err || fail "status $?: $(cat err)"
same "output" out out2
grep -q nosuch err || fail "a missing folder is not mentioned: $(cat err)"
