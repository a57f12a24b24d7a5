#!/bin/sh
# SPDX-License-Identifier: MIT
# Allocations at the edges of a thread's life and of its stack: nothing of the
# program changes, and each one is counted.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

run "$programs/moments" >native.out || fail "moments: status $?"
record_counted "$programs/moments" >ours.out 2>ours.err ||
	fail "moments, recorded: status $?: $(cat ours.err)"
same "standard output" native.out ours.out
summary base
# A thousand threads wait for the counter, with blocks that live to it.
compare_counts 1

# Not in each of them is there more to do than to count.
for sample in 4096:0 bytes=4K; do
	record sampled -q -s $sample -- "$programs/moments" >ours.out 2>err ||
		fail "-s $sample: status $?"
	same "-s $sample: standard output" native.out ours.out
	[ ! -s err ] || fail "-s $sample: $(cat err)"
done
