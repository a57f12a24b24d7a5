#!/bin/sh
# SPDX-License-Identifier: MIT
# C++ exceptions, thrown through allocating frames, through C and out of the
# allocator, in a C++ program and in a C program that loads C++ late.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

plugin=$programs/.libs/throwing.so
compare_with_counter "$programs/throwing-main"
expect "exit status" 0 $native
compare_with_counter "$programs/throwing-host" "$plugin"
expect "exit status" 0 $native

# The more stacks are walked, the sooner a stale cache shows; and none at all.
for sample in all 4096:0 4096:0.1 bytes=64K; do
	record b -q -s "$sample" -- "$programs/throwing-main" ||
		fail "throwing-main, -s $sample: status $?"
	record b -q -s "$sample" -- "$programs/throwing-host" "$plugin" ||
		fail "throwing-host, -s $sample: status $?"
done
