#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes made in every way, also past libc and on the same memory: parents
# and children do what they do without us, and the profile is the parent's.
. "$(dirname "$0")/lib.sh"
need python3

for how in vfork failed-vfork spawn clone raw-fork fork daemon; do
	# Through a pipe, which is at its end when the last of them is.
	run "$programs/processes" $how | cat >native.out
	record "base-$how" -q -s all -- "$programs/processes" $how 2>err |
		cat >ours.out
	same "$how: standard output" native.out ours.out
	[ ! -s err ] || fail "$how: standard error: $(cat err)"
	# The first truth of a daemon is that of the process which is recorded.
	grep -m 6 truth ours.out >truth.out
	expect_truth "base-$how" truth.out
	expect "$how: files" "base-$how.hpd base-$how.hpm" \
		"$(find . -name "base-$how*.hp[md]*" | sort | cut -c 3- | xargs)"
done
grep -q "the daemon goes on" ours.out || fail "the daemon did not go on"
