#!/bin/sh
# SPDX-License-Identifier: MIT
# No file is trusted: profiles with all damage that can be listed, 80,000 cases.
# damage.c says which; of the zeros at the end of a block it takes every 499th.
. "$(dirname "$0")/../integration/lib.sh"

record real -q -s all -- "$programs/sampling" 100 >out || fail "status $?"
for profile in real "$here/../golden/good-sampled" "$here/../golden/v1-good"; do
	status 0 "$builddir/tests/fuzz/damage" "$profile"
	tail -n 1 out
done
