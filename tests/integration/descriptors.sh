#!/bin/sh
# SPDX-License-Identifier: MIT
# No descriptor of the program's is taken: the lowest ones are free as without
# us, none more is open, and a program may close what it likes.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

compare_with_counter "$programs/descriptors"

# Nothing is missed when the program starts without the standard ones.
run "$programs/descriptors" 0<&- 2>&- >native.out
record base -s all -- "$programs/descriptors" 0<&- 2>&- >ours.out
same "without standard input and error" native.out ours.out
summary base
