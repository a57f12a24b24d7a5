#!/bin/sh
# SPDX-License-Identifier: MIT
# A signal handler that interrupts the recorder and allocates, frees and loads
# libraries: no lock is waited for, every block is freed, and what could not be
# recorded is counted.
. "$(dirname "$0")/lib.sh"
need python3

record base -q -s all -- "$programs/nested" >out 2>err
expect "without a signal: exit status" 1 $?
LD_PRELOAD=$programs/.libs/nesting.so record base -s all -- \
	"$programs/nested" >out 2>err
expect "exit status" 0 $?
expect "standard output" "leaked: no" "$(cat out)"
report --format=json base >base.json 2>err
expect "exit status of the report" 3 $?
# Of each round ten allocations, that of realloc(), and frees beyond those
# that are put off until later; what the loader does comes to it.
expect "lost" True \
	"$(json base.json '11000 <= d["events"]["lost"] <= 60000')"
