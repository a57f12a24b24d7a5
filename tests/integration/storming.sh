#!/bin/sh
# SPDX-License-Identifier: MIT
# dlopen() against malloc() against fork() in threads, among signals: no lock
# of ours comes between, nothing of the program fails, no event is lost.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

run "$programs/storming" "$programs/.libs" >native.out 2>native.err ||
	fail "storming: status $?: $(cat native.err)"
for options in "-s all" "-s bytes=1K" "-s all --children"; do
	# shellcheck disable=SC2086
	record base $options -- "$programs/storming" "$programs/.libs" \
		>ours.out 2>ours.err ||
		fail "$options: status $?: $(cat ours.err)"
	same "$options: standard output" native.out ours.out
	json_report base base.json
	expect "$options: lost" 0 "$(json base.json 'd["events"]["lost"]')"
	expect "$options: unknown stacks" 0 \
		"$(json base.json 'd["events"]["unknown_stacks"]')"
done
