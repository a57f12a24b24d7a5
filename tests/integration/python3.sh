#!/bin/sh
# SPDX-License-Identifier: MIT
# python3, with malloc under every object.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

# The interpreter itself: what is called python3 may be a script.
python=$(python3 -c 'import sys; print(sys.executable)')
export PYTHONMALLOC=malloc PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1

set -- "$python" -s -S "$workloads/documents.py"
compare_with_counter "$@"
# heaptrack keeps 64 frames of a stack; the compiler in python goes deeper.
compare_with_heaptrack 0.02 "$@"
