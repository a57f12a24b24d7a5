#!/bin/sh
# SPDX-License-Identifier: MIT
# Every entry point of malloc with usual, odd and impossible arguments: result,
# errno and usable size are as without us, and each block is counted once.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

compare_with_counter "$programs/entry-points"
expect_truth base native.out

# Not the recorder's business how much of it is recorded.
for sample in 1:1 4096:0 128:0.5,8192:0.1 bytes=4K; do
	record sampled -s "$sample" -- "$programs/entry-points" \
		>sampled.out 2>sampled.err || fail "-s $sample: status $?"
	same "-s $sample" native.out sampled.out
done
