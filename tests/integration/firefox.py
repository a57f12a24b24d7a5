#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares functions that the Firefox Profiler's tool prints with our tables.

firefox.py FUNCTIONS.json TABLE.json TOLERANCE

FUNCTIONS.json is that of `profiler-cli thread functions --json --limit 0`.
TOLERANCE is a part of the total.  Prints each difference; the exit status says
whether there was one.
"""
import json
import sys

import ours

functions, table, tolerance = sys.argv[1:]
theirs, own = {}, 0
for f in json.load(open(functions))["functions"]:
    # Frees have a negative weight.
    theirs[f["name"]] = theirs.get(f["name"], 0) + abs(f["totalSamples"])
    own += abs(f["selfSamples"])
whole = ours.total(table)
close = lambda a, b: abs(a - b) <= float(tolerance) * whole
if not whole or not close(own, whole):
    ours.complain(f"{own} in theirs, {whole} in ours")
compared = 0
for name, (_, all_) in ours.functions(table).items():
    # Without a name they have addresses.
    if name.startswith("["):
        continue
    compared += 1
    if not close(theirs.get(name, 0), all_):
        ours.complain(f"{name}: {theirs.get(name)} in theirs, {all_} in ours")
if compared < 20:
    ours.complain(f"only {compared} functions were compared")
ours.finish()
