#!/bin/sh
# SPDX-License-Identifier: MIT
# What is not ours alone: a plugin that goes past us to libc, and a program
# with an unwinder of its own.
. "$(dirname "$0")/lib.sh"
need python3

run "$programs/bypassing" "$programs/.libs/bypass.so" >native.out ||
	fail "bypassing: status $?"
record base -q -s all -- "$programs/bypassing" "$programs/.libs/bypass.so" \
	>ours.out 2>err || fail "bypassing, recorded: status $?"
same "bypassing: standard output" native.out ours.out
[ ! -s err ] || fail "bypassing: $(cat err)"
# Frees that were not seen are, when their address is given out again.
report --format=json base >base.json 2>err
expect "bypassing: status of the report" 3 $?
expect "frees that were not seen" True \
	"$(json base.json '90 <= d["events"]["lost"] <= 100')"
expect "left at the end" True "$(json base.json 'd["end"]["count"]["value"] < 20')"

run "$programs/unwinding" >native.out || fail "unwinding: status $?"
record base -q -s all -- "$programs/unwinding" >ours.out 2>err ||
	fail "unwinding, recorded: status $?"
same "unwinding: standard output" native.out ours.out
[ ! -s err ] || fail "unwinding: $(cat err)"
json_report base top.json --view=top --metric=count -n 1000
expect "allocated by a visitor of frames" \
	"$(awk '/steps/ { n += $1 } END { print n }' ours.out)" \
	"$(json top.json 'sum(r["cumulative"]["value"] for r in d["rows"]
		if r["function"] == "visit")')"
json_report base base.json
expect "unknown stacks" 0 "$(json base.json 'd["events"]["unknown_stacks"]')"
