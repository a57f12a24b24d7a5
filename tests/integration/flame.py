# SPDX-License-Identifier: MIT
"""Stacks as other programs read them, against our tables.

    flame.py collapsed FILE TOP_JSON TOLERANCE      cumulative, by function
    flame.py roots FILE TOP_JSON TOLERANCE          upside down: self
    flame.py difference FILE BEFORE_JSON AFTER_JSON
    flame.py speedscope FILE NAME TOLERANCE         NAME.METRIC.json
"""
import json
import re
import sys

from ours import complain, finish, functions, total


def read(path, figures=1):
    """[(stack, figures)], as flamegraph.pl and speedscope take a line."""
    rows = []
    for line in open(path):
        match = re.fullmatch(r"(.*?)" + r" (\d+)" * figures + "\n", line)
        if not match or not re.match(r"^(.*)\s+?(\d+(?:\.\d*)?)$", line):
            complain(f"{path}: {line}")
            continue
        rows.append((match[1].split(";"), [int(x) for x in match.groups()[1:]]))
    if len({tuple(stack) for stack, _ in rows}) != len(rows) or not rows:
        complain(f"{path}: {len(rows)} rows, not all of them different")
    return rows


def compare(sums, wanted, whole, tolerance):
    known = 0
    for name, value in wanted.items():
        known += name in sums
        if abs(sums.get(name, 0) - value) > tolerance * whole + 1:
            complain(f"{name}: {sums.get(name, 0)}, the table has {value}")
    if known < 10:
        complain(f"only {known} functions in both")


def check(rows, table, tolerance, roots=False):
    whole = total(table)
    if abs(sum(x for _, x in rows) - whole) > len(rows):
        complain(f"{sum(x for _, x in rows)} of {whole}")
    sums = {}
    for stack, value in rows:
        for name in stack[:1] if roots else set(stack):
            sums[name] = sums.get(name, 0) + value
    compare(sums, {name: row[0 if roots else 1]
                   for name, row in functions(table).items()
                   if not name.startswith("[")}, whole,
            tolerance + len(rows) / max(whole, 1))


def collapsed(path, table, tolerance):
    check([(stack, x) for stack, [x] in read(path)], table, float(tolerance))


def roots(path, table, tolerance):
    check([(stack, x) for stack, [x] in read(path)], table, float(tolerance),
          True)


def difference(path, before, after):
    rows = read(path, 2)
    check([(stack, x) for stack, (x, _) in rows], before, 0)
    check([(stack, x) for stack, (_, x) in rows], after, 0)


def speedscope(path, name, tolerance):
    d = json.load(open(path))
    frames = d["shared"]["frames"]
    profiles = {}
    for p in d["profiles"]:
        if p["type"] != "sampled" or p["endValue"] != sum(p["weights"]) or \
                len(p["weights"]) != len(p["samples"]):
            complain(f"{p['name']}: does not add up")
        profiles[p["name"].split()[0]] = p
    for metric in "live", "live-count", "allocated", "count":
        p = profiles[metric]
        if p["unit"] != ("none" if "count" in metric else "bytes"):
            complain(f"{metric}: unit {p['unit']}")
        check([([frames[i]["name"] for i in stack], x)
               for stack, x in zip(p["samples"], p["weights"])],
              f"{name}.{metric}.json", float(tolerance))
    if "sampled" not in d["name"] or "lost" not in d["name"]:
        complain(f"named {d['name']}")


globals()[sys.argv[1]](*sys.argv[2:])
finish()
