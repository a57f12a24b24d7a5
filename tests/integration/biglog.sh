#!/bin/sh
# SPDX-License-Identifier: MIT
# A log of many events, of one thread and of several, by the generator of the
# measurements: the report says what the generator counted.
. "$(dirname "$0")/lib.sh"
need python3

for threads in 1 5; do
	run "$builddir/tests/bench/biglog" big$threads 400000 $threads \
		>truth$threads || fail "$threads threads: no log"
	[ "$(sed -n 's,^events ,,p' truth$threads)" -ge 400000 ] ||
		fail "$threads threads: not so many events"
	expect_truth big$threads truth$threads
done
