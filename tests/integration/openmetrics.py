#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares samples that promtool dumps with the time view.

openmetrics.py DUMP TIME.json TOLERANCE

DUMP is that of `promtool tsdb dump`: {labels} value ms.  TOLERANCE is in bytes.
Prints each difference; the exit status says whether there was one.
"""
import datetime
import json
import re
import sys

import ours

SAMPLE = re.compile(r'^\{__name__="(\w+)".*\} (\S+) (\d+)$')


def from_dump(path):
    """{name: {ms: value}}"""
    samples = {}
    for line in open(path):
        m = SAMPLE.match(line)
        if not m:
            sys.exit(f"{path}: not a sample: {line}")
        samples.setdefault(m[1], {})[int(m[3])] = float(m[2])
    return samples


def start_ns(text):
    whole, fraction = text.rstrip("Z").split(".")
    whole = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(whole.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


dump, table, tolerance = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3]
samples, start = from_dump(dump), start_ns(table["start"])
# Of points in one millisecond the last counts, unless one is the peak.
wanted, peak = {}, max(e["value"] for e in table["live"])
for second, live, rss in zip(table["times_s"], table["live"], table["rss"]):
    ms = (start + round(second * 1e9)) // 10**6
    if wanted.get(ms, (0, 0, 0))[0] != peak:
        wanted[ms] = live["value"], live["error"], rss

live = samples["heapprof_live_bytes"]
errors = samples.get("heapprof_live_error_bytes", {})
if live.keys() != wanted.keys() or len(live) < 10:
    ours.complain(f"{len(live)} times in theirs, {len(wanted)} in ours")
for ms, (value, error, rss) in wanted.items():
    if abs(live[ms] - value) > float(tolerance):
        ours.complain(f"{ms}: {live[ms]} in theirs, {value} in ours")
    if abs(errors.get(ms, 0) - error) > float(tolerance):
        ours.complain(f"{ms}: error {errors.get(ms)}, {error} in ours")
    if samples["heapprof_resident_bytes"][ms] != (rss or 0):
        ours.complain(f"{ms}: resident {samples['heapprof_resident_bytes'][ms]}"
                      f", {rss} in ours")
    left = samples["heapprof_allocated_bytes_total"][ms] - \
        samples["heapprof_freed_bytes_total"][ms]
    if abs(left - live[ms]) > 2 * float(tolerance):
        ours.complain(f"{ms}: {left} allocated and not freed, {live[ms]} live")
if len(samples["heapprof_profile_info"]) != 1:
    ours.complain("not one sample of what ran")
print(int(max(samples["heapprof_allocations_total"].values())))
ours.finish()
