#!/bin/sh
# SPDX-License-Identifier: MIT
# The C++ compiler proper on templates.  heaptrack 1.4 crashes it, so the
# counter alone is compared.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need g++ python3

g++ -std=c++17 -E "$workloads/templates.cpp" -o templates.ii || fail "g++ -E"
compare_with_counter "$(g++ -print-prog-name=cc1plus)" -fpreprocessed \
	templates.ii -quiet -O1 -std=gnu++17 -o -
