#!/bin/sh
# SPDX-License-Identifier: MIT
# Threads have their names and their own numbers; blocks freed by another
# thread are matched; nothing is lost among 200 short-lived threads.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

run "$programs/threading" >native.out || fail "threading: status $?"
record_counted "$programs/threading" >ours.out 2>ours.err || fail "status $?"
same "standard output" native.out ours.out
summary base
# The order of events of different threads is known to within the events in
# flight: eight threads, one block of about 100 bytes each, of 300 KB.
compare_counts 0.01

report --view=threads --format=csv -n 1000 base >threads.csv 2>err ||
	fail "$(cat err)"
python3 - <<'E' || fail "threads.csv does not say what the threads did"
import csv
truth = {w[1]: (int(w[2]), int(w[3]))
         for w in map(str.split, open("ours.out")) if w[0] == "thread"}
rows = list(csv.DictReader(open("threads.csv")))
for row in rows[:12]:
    print(row)
for name, (count, size) in truth.items():
    mine = [r for r in rows if name in r.values()]
    assert len(mine) == 1, (name, mine)
    numbers = {v for v in mine[0].values()}
    assert str(count) in numbers and str(size) in numbers, (name, mine)
E
report --view=threads base >threads.txt 2>err || fail "$(cat err)"
grep -q 'worker-7' threads.txt || fail "no worker-7 in the report"
