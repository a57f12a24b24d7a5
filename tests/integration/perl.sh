#!/bin/sh
# SPDX-License-Identifier: MIT
# perl splitting, matching and keeping text.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need perl python3

export PERL_HASH_SEED=0
set -- perl "$workloads/text.pl"
compare_with_counter "$@"
compare_with_heaptrack 0.01 "$@"
