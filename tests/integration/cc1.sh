#!/bin/sh
# SPDX-License-Identifier: MIT
# The C compiler proper on a large file.  heaptrack 1.4 crashes it, so the
# counter alone is compared.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need gcc python3

python3 "$workloads/big-c.py" >big.i || fail "big-c.py"
compare_with_counter "$(gcc -print-prog-name=cc1)" -fpreprocessed big.i \
	-quiet -O2 -o -
