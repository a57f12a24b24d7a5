#!/bin/sh
# SPDX-License-Identifier: MIT
# sqlite3 filling and querying an in-memory database.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need sqlite3 python3

set -- sqlite3 :memory: ".read $workloads/sqlite.sql"
compare_with_counter "$@"
compare_with_heaptrack 0.01 "$@"
