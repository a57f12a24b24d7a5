#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares stacks that heaptrack_print writes with a table of our own.

heaptrack.py STACKS TABLE.json TOLERANCE

STACKS is one stack a line, outermost frame first, separated by semicolons, and
a number.  Every function has what the table says, but for those outside main,
where heaptrack stops.  TOLERANCE is a part of the total.  Prints each
difference; the exit status says whether there was one.
"""
import collections
import json
import re
import sys

import ours

OUTSIDE = "_start", "__libc_start_main_impl", "__libc_start_call_main"


def from_stacks(path):
    total, sums = 0, collections.Counter()
    for line in open(path):
        stack, size = line.rstrip("\n").rsplit(" ", 1)
        total += int(size)
        # A file is there for some; "(inline)" functions have no mark.
        frames = {re.sub(r" \([^()]*\)$", "", frame)
                  for frame in stack.rstrip("; ").split(";")}
        for name in frames:
            sums[name] += int(size)
    return total, sums


stacks, table, tolerance = sys.argv[1:]
total, theirs = from_stacks(stacks)
whole = ours.total(table)
close = lambda a, b: abs(a - b) <= float(tolerance) * whole
if not whole or not close(total, whole):
    ours.complain(f"{total} in theirs, {whole} in ours")
for name, (_, all_) in ours.functions(table).items():
    if name in OUTSIDE or name.startswith("["):
        continue
    if not close(theirs[name], all_):
        ours.complain(f"{name}: {theirs[name]} in theirs, {all_} in ours")
ours.finish()
