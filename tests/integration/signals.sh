#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals: dispositions and mask as without us; handlers on an alternate stack
# may allocate; a program that dies of a signal leaves a whole profile and the
# status that it would have had.
. "$(dirname "$0")/lib.sh"
need python3

run "$programs/signals" >native.out || fail "signals: status $?"
record base -s all -- "$programs/signals" >ours.out 2>err ||
	fail "signals, recorded: status $?"
grep ': ' native.out >native.lines
grep ': ' ours.out >ours.lines
same "dispositions" native.lines ours.lines
expect_truth base ours.out

report --view=top --format=json -n 1000 base >top.json 2>err ||
	fail "$(cat err)"
expect "held by the handler" "[5432100]" "$(json top.json \
	'[r["self"]["value"] for r in d["rows"] if r["function"] == "in_handler"]')"
expect "held below main, through the signal frame" "[True]" "$(json top.json \
	'[r["cumulative"]["value"] >= 5432100 for r in d["rows"]
		if r["function"] == "main"]')"

for signal in 6 9 11 15; do
	record base -q -s all -- "$programs/signals" $signal >ours.out 2>err
	got=$?
	expect "status after signal $signal" $((128 + signal)) $got
	expect_truth base ours.out
done
