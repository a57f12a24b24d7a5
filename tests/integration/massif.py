#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what ms_print prints with tables of our own.

massif.py moments PRINTED    the times to make tables of: whole intervals, peak,
                             end
massif.py compare PRINTED TOLERANCE    with top-TIME.json, by line, of each

TOLERANCE is in bytes.  Each place that ms_print shows at the top of a tree must
have its bytes in the table of that moment; and each place of ours that has more
than the threshold must be shown.  Prints each difference; the exit status says
whether there was one.
"""
import json
import re
import sys

import ours

SNAPSHOT = re.compile(r"^ *(\d+) +([\d,]+) +([\d,]+) +([\d,]+) +0 +0$", re.M)
NODE = re.compile(r"^->[\d.]+% \(([\d,]+)B\) 0x[0-9a-f]+: (.*) \((.*)\)$", re.M)
BELOW = re.compile(r"^->[\d.]+% \(([\d,]+)B\) in \d+\+? places?, ", re.M)
def number(text):
    return int(text.replace(",", ""))


def from_printed(path):
    """(moment, total, {(function, line): bytes}, below) of each."""
    text = open(path).read()
    peak = int(re.search(r"(\d+) \(peak\)", text)[1])
    heads = list(SNAPSHOT.finditer(text))
    for head, after in zip(heads, heads[1:] + [None]):
        tree = text[head.end():after.start() if after else None]
        places = {}
        for m in NODE.finditer(tree):
            line = m[3].rsplit(":", 1)
            place = m[2], int(line[1]) if line[-1].isdigit() else None
            places[place] = places.get(place, 0) + number(m[1])
        below = sum(number(m[1]) for m in BELOW.finditer(tree))
        yield (moment(number(head[2]), int(head[1]) == peak, not after),
               number(head[3]), places, below)


def moment(ms, is_peak, is_end):
    """How the report is asked for it, or None.  The end may be in the same
    millisecond as a whole interval."""
    if is_peak or is_end:
        return "peak" if is_peak else "end"
    return f"{ms}ms" if ms % 10 == 0 else None


def from_table(at):
    table = json.load(open(f"top-{at}.json"))
    rows = {}
    for row in table["rows"]:
        name = row["function"] or \
            f"{row['module'].rsplit('/', 1)[-1]}+{row['offset']:#x}"
        place = name, row["line"] if row["file"] else None
        rows[place] = rows.get(place, 0) + row["self"]["value"]
    return table["total"]["value"], rows


def compare(path, tolerance):
    compared = 0
    for at, total, places, below in from_printed(path):
        if not at:
            continue
        whole, rows = from_table(at)
        if abs(total - whole) > tolerance:
            ours.complain(f"{at}: {total} B printed, {whole} in ours")
        for place, size in places.items():
            if abs(size - rows.get(place, 0)) > tolerance:
                ours.complain(f"{at}: {place}: {size} B printed, "
                         f"{rows.get(place)} in ours")
        for place, size in rows.items():
            if size > 0.0101 * whole and place not in places:
                ours.complain(f"{at}: {place}: {size} B in ours, not printed")
        if abs(sum(places.values()) + below - total) > \
                tolerance * (len(places) + 1):
            ours.complain(f"{at}: {places} and {below} are not {total}")
        compared += len(places)
    if compared < 20:
        ours.complain(f"only {compared} places were compared")


if sys.argv[1] == "moments":
    times = [s[0] for s in from_printed(sys.argv[2])]
    print(*[t for t in times if t], sep="\n")
else:
    compare(sys.argv[2], float(sys.argv[3]))
ours.finish()
