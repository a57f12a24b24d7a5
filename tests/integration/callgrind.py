#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what callgrind_annotate prints with tables of our own.

callgrind.py SELF INCLUSIVE NAME TOLERANCE

SELF and INCLUSIVE are what it printed, without and with --inclusive; NAME is
that of the tables, NAME.METRIC.json.  Prints each difference; the exit status
says whether there was one.
"""
import re
import sys

import ours

METRICS = "live", "live-count", "allocated", "count"
ROW = re.compile(r"^((?: *[\d,]+(?: \([^)]*\))?| *\.){4})\s{2,}(\S.*?)( \[.*\])?$")


def from_annotate(path):
    """[{function: value} of each metric]; a recursive call is the function."""
    tables = [{} for _ in METRICS]
    lines = iter(open(path))
    for line in lines:
        if "file:function" in line:
            break
    for line in lines:
        m = ROW.match(line.rstrip("\n"))
        if not m:
            continue
        # Paths have no colon; functions have, in namespaces.
        name = m[2].split(":", 1)[1]
        if name == "(below main)":
            continue
        values = re.findall(r"([\d,]+|\.)(?: \([^)]*\))?", m[1])
        for table, value in zip(tables, values):
            table.setdefault(name, 0)
            table[name] += int(value.replace(",", "").replace(".", "0"))
    return tables


def merge(own, all_):
    """Levels of recursion: the outermost one has all that the others have."""
    rows = {}
    for name, value in all_.items():
        plain = re.sub(r"'\d+$", "", name)
        before = rows.get(plain, (0, 0))
        rows[plain] = (before[0] + own.get(name, 0),
                       before[1] + (value if name == plain else 0))
    return rows


own, all_, name, tolerance = sys.argv[1:]
for metric, a, b in zip(METRICS, from_annotate(own), from_annotate(all_)):
    print(f"{metric}:")
    ours.compare(merge(a, b), f"{name}.{metric}.json", float(tolerance))
ours.finish()
