#!/bin/sh
# SPDX-License-Identifier: MIT
# Sizes and resizing at the bounds, exactly: what is recorded with probability 0
# is nowhere, what is recorded with 1 is exact, whatever a block was before.
. "$(dirname "$0")/lib.sh"
need python3

# truth KEY FILE
truth()
{
	sed -n "s/^truth $1 //p" "$2"
}

# exact PROGRAM FROM SPEC: SPEC records what has FROM bytes or more
exact()
{
	"$programs/$1" 0 >all || fail "$1: status $?"
	record base -s "$3" -- "$programs/$1" "$2" >recorded 2>err ||
		fail "$1, -s $3: status $?"
	expect_truth base recorded
	expect "$1, -s $3: recorded" "$(truth allocations recorded)" \
		"$(json base.json 'd["events"]["recorded"]')"
	expect "$1, -s $3: seen" "$(truth allocations all)" \
		"$(json base.json 'd["events"]["seen"]')"
	expect "$1, -s $3: bytes seen" \
		"{'value': $(truth bytes all), 'error': 0}" \
		"$(json base.json 'd["allocated"]["bytes"]')"
}

for program in boundaries resizing; do
	exact $program 0 all
	exact $program 0 128:1,8192:1
	exact $program 0 bytes=1
	exact $program 1 1:0
	exact $program 127 127:0
	exact $program 128 128:0
	exact $program 128 128:0,8192:1
	exact $program 8191 128:0,8191:0
	exact $program 8192 8192:0
	exact $program 8192 128:0,8192:0
done

# The largest ones are there, if the system grants them.
exact boundaries 2147483647 2147483647:0
exact boundaries 2147483648 2G:0
exact boundaries 4294967296 4G:0
