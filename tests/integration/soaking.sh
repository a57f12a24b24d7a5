#!/bin/sh
# SPDX-License-Identifier: MIT
# The short form of `make soak`: many events, stacks, live blocks, threads and
# modules; nothing is lost, and memory and files are within what is allowed.
. "$(dirname "$0")/lib.sh"
need python3

run python3 -B "$here/../bench/soak.py" "$builddir" || fail "see above"
