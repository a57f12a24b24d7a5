#!/bin/sh
# SPDX-License-Identifier: MIT
# git log --stat over 500 commits.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need git python3

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME="$tmp"
git init -q -b main repo || fail "git init"
python3 "$workloads/history.py" | git -C repo fast-import --quiet ||
	fail "git fast-import"

set -- git -C repo --no-pager log --stat
compare_with_counter "$@"
compare_with_heaptrack 0.01 "$@"
