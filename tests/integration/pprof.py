#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what `go tool pprof` prints with our own reports.

pprof.py top TOP.txt TOP.json TOLERANCE    every function, self and cumulative
pprof.py diff TOP.txt BEFORE.json AFTER.json    self, two moments of a run
pprof.py size TOP.txt SIZES.csv FROM    bytes at the peak in a class of sizes
pprof.py raw RAW.txt SUMMARY.json PROGRAM    mappings, time and inlined frames

Prints each difference; the exit status says whether there was one.
"""
import csv
import datetime
import json
import re
import sys

import ours

ROW = re.compile(r"\s*(-?[\d.]+)B?\s+\S+\s+\S+\s+(-?[\d.]+)B?\s+\S+\s+(.*)")
def from_pprof(path):
    """The table that follows the header, as function: (self, cumulative)."""
    rows = {}
    lines = iter(open(path))
    for line in lines:
        if "flat%" in line:
            break
    for line in lines:
        m = ROW.match(line)
        if not m:
            sys.exit(f"{path}: not a row: {line}")
        name = re.sub(r" \((partial-)?inline\)$", "", m[3].rstrip("\n"))
        rows[name] = float(m[1]), float(m[2])
    if not rows:
        sys.exit(f"{path}: no rows")
    return rows


def compare_diff(text, before, after):
    theirs, old, new = from_pprof(text), ours.functions(before), ours.functions(after)
    for name in old.keys() | new.keys():
        change = new.get(name, (0, 0))[0] - old.get(name, (0, 0))[0]
        if theirs.get(name, (0, 0))[0] != change:
            ours.complain(f"{name}: {theirs.get(name)} in pprof, {change} in ours")


def compare_size(text, table, start):
    own = sum(row[0] for row in from_pprof(text).values())
    rows = [row for row in csv.DictReader(open(table))
            if row["function"] == "total" and row["of"] == "peak" and
            int(row["from"]) == start]
    if own == 0 or own != sum(int(row["bytes"]) for row in rows):
        ours.complain(f"{own} in pprof, {rows} in ours")


def seconds(day, time):
    """The time of a day, with more digits than datetime takes."""
    whole, _, fraction = time.partition(".")
    start = datetime.datetime.fromisoformat(f"{day}T{whole}+00:00")
    return start.timestamp() + float("0." + (fraction or "0"))


def compare_raw(text, summary, program):
    text, summary = open(text).read(), json.load(open(summary))
    first = re.search(r"^1: (0x\w+)/(0x\w+)/0x0 (\S+) ([0-9a-f]{40}) ",
                      text, re.M)
    if not first or first[3] != program:
        ours.complain(f"the first mapping is not {program} with its build-id")
    elif int(first[1], 16) >= int(first[2], 16):
        ours.complain("the first mapping is empty")
    time = re.search(r"^Time: (\S+) (\S+) \+0000 UTC", text, re.M)
    passed = seconds(time[1], time[2]) - seconds(
        *summary["start"].rstrip("Z").split("T"))
    if abs(passed - summary["peak"]["time_s"]) > 1e-5:
        ours.complain(f"the time is {passed} s after the start")
    spans = {m[0]: (int(m[1], 16), int(m[2], 16)) for m in
             re.findall(r"^(\d+): (0x\w+)/(0x\w+)/", text, re.M)}
    places = re.findall(r"^ +\d+: (0x\w+) M=(\d+) ", text, re.M)
    outside = [p for p in places
               if not spans[p[1]][0] <= int(p[0], 16) < spans[p[1]][1]]
    if not places or outside:
        ours.complain(f"{outside} of {len(places)} addresses are in no mapping")
    if not re.search(r"^ +\d+: 0x.*\n {13}\S", text, re.M):
        ours.complain("no function is inlined")


mode, arguments = sys.argv[1], sys.argv[2:]
if mode == "top":
    ours.compare(from_pprof(arguments[0]), arguments[1], float(arguments[2]))
elif mode == "diff":
    compare_diff(*arguments)
elif mode == "size":
    compare_size(arguments[0], arguments[1], int(arguments[2]))
else:
    compare_raw(*arguments)
ours.finish()
