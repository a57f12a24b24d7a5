#!/bin/sh
# SPDX-License-Identifier: MIT
# The counter itself, without the recorder: it counts what a program knows to
# have done, in the first process alone.
. "$(dirname "$0")/lib.sh"
need python3

counted()
{
	rm -f counts
	COUNTER_OUTPUT=$PWD/counts COUNTER_PROGRAM=$(basename "$1") \
		LD_PRELOAD=$programs/.libs/libcounter.so run "$@"
}

# words FILE: its eight numbers on one line
words()
{
	od -An -v -td8 -w64 "$1" | tr -s ' ' | sed 's/^ //'
}

truth()
{
	sed -n "s/^truth $1 //p" out
}

for program in entry-points sampling; do
	counted "$programs/$program" >out || fail "$program: status $?"
	set -- $(words counts)
	expect "$program: allocations" "$(truth allocations)" "$1"
	expect "$program: bytes" "$(truth bytes)" "$2"
	expect "$program: live bytes" "$(truth live_bytes)" "$3"
	expect "$program: live blocks" "$(truth live_blocks)" "$4"
	expect "$program: peak" "$(truth peak_bytes)" "$5"
	expect "$program: frees" "$(truth frees)" "$7"
	expect "$program: unknown frees" 0 "$8"
done

# Forked children: 1000 blocks, 20,000 of the thread's and what libc needs for
# the thread; of 8 children's 8 * 1000 blocks none.
counted "$programs/forking" || fail "forking: status $?"
set -- $(words counts)
[ "$1" -ge 21000 ] && [ "$1" -lt 21010 ] || fail "forking: $1 allocations"

# Executed ones: the counts are those of the first program.
counted "$programs/executing" >out || fail "executing: status $?"
set -- $(words counts)
[ "$3" -ge 1000000 ] || fail "executing: $3 bytes live"
