#!/bin/sh
# SPDX-License-Identifier: MIT
# A profile is read ten thousand times while threads write it, and after they
# were killed: it is whole at any moment.
. "$(dirname "$0")/lib.sh"

PRELOAD=${HEAPPROF_PRELOAD:-$builddir/.libs/libheapprof-preload.so}
export PRELOAD
for program in "threading" "sampling 20000"; do
	# shellcheck disable=SC2086
	run "$programs/reading" "${LOOKS:-5000}" base "$programs"/$program \
		>out 2>err || fail "$program: $(cat err)"
	cat out
done
