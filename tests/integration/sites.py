#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares who held the peak: ours and heaptrack's, two runs of one program.

sites.py TOP.json STACKS [TOLERANCE]

TOP.json is `heapprof-report --view=top --format=json -n 100000`, STACKS is
`heaptrack_print -F STACKS --flamegraph-cost-type peak`: one stack a line,
outermost frame first, separated by semicolons, and its bytes at the peak.

Of both sides, each function's cumulative bytes at the peak: a stack counts
once for every function in it.  The ten biggest of either side must be in the
other, under the same name, with the same bytes, within TOLERANCE (0.01).  And
our three biggest holders ("self"), behind the wrappers that we look through
("via") and what has no name, are heaptrack's when it looks through the same.

What is not compared as it is, and why:
 - frames without a name: heaptrack has an address there, which is another in
   every run but for its last twelve bits, we have module and offset; so "?"
   and these bits are the name;
 - the frames outside main: heaptrack stops there or goes on, by version;
 - call_init and _dl_init: heaptrack brings libstdc++ into each program, which
   allocates 72,704 bytes as it starts;
 - "(file)" after heaptrack's names, added where it knows the file only, and
   "__GI_", the C library's own names for its functions.
"""
import collections
import json
import re
import sys

OUTSIDE = re.compile(r"_start|main|__libc_start_main.*|clone3?|start_thread|"
                     r"__libc_start_call_main|call_init|_dl_init")
# Wrappers of malloc that "via" need not mention: it names the outermost one.
WRAPPER = re.compile(r".*([mc]|re)alloc|.*strn?dup", re.IGNORECASE)


def plain(name):
    if re.fullmatch(r"0x[0-9a-f]+", name):
        return "?" + name[-3:]
    name = re.sub(r" \([^()]*\.(c|h|S|cc|cpp|hpp)\)$", "", name)
    return re.sub(r"^__GI_", "", name)


def ours(path):
    """Total, cumulative and self bytes by name; names of the wrappers."""
    d = json.load(open(path))
    sums, holders = collections.Counter(), collections.Counter()
    for row in d["rows"]:
        name = row["function"] or "0x%03x" % (row.get("offset", 0) & 0xfff)
        sums[plain(name)] += row["cumulative"]["value"]
        holders[plain(name)] += row["self"]["value"]
    wrappers = {row["via"] for row in d["rows"] if row.get("via")}
    return d["total"]["value"], sums, holders, wrappers


def holder(frames, wrappers):
    """Who asked, by our rule: not a wrapper, and rather one with a name."""
    inner = [f for f in map(plain, reversed(frames))
             if f not in wrappers and not WRAPPER.fullmatch(f)]
    named = [f for f in inner if not f.startswith("?")]
    if not named or OUTSIDE.fullmatch(named[0]):
        named = inner
    return named[0] if named else ""


def heaptracks(path, wrappers):
    sums, holders = collections.Counter(), collections.Counter()
    total = 0
    for line in open(path, errors="replace"):
        stack, size = line.rstrip("\n").rsplit(" ", 1)
        frames = stack.rstrip("; ").split(";")
        total += int(size)
        for name in set(frames):
            sums[plain(name)] += int(size)
        holders[holder(frames, wrappers)] += int(size)
    return total, sums, holders


def biggest(sums, nr=10):
    inside = [(n, s) for n, s in sums.most_common()
              if not OUTSIDE.fullmatch(n)]
    return inside[:nr]


def close(a, b, total, tolerance):
    return abs(a - b) <= tolerance * max(a, b) + 0.001 * total


def compare(names, ours_by_name, theirs_by_name, total, tolerance):
    bad = 0
    for name in names:
        a, b = ours_by_name[name], theirs_by_name[name]
        good = close(a, b, total, tolerance)
        bad += not good
        print(f"{'same' if good else 'DIFFERENT'} {a:>10} {b:>10}  {name}")
    return bad


def main(top, stacks, tolerance="0.01"):
    tolerance = float(tolerance)
    our_total, our_sums, our_holders, wrappers = ours(top)
    total, sums, holders = heaptracks(stacks, wrappers)
    names = dict(biggest(our_sums) + biggest(sums))
    print("cumulative: ours, heaptrack's")
    bad = compare(names, our_sums, sums, total, tolerance)
    print("held, through", ", ".join(sorted(wrappers)) or "no wrappers")
    bad += compare(dict(biggest(our_holders, 3)), our_holders, holders, total,
                   tolerance)
    if not close(our_total, total, total, tolerance):
        print(f"peak: ours {our_total}, heaptrack's {total}")
        bad += 1
    if len(names) < 10:
        print(f"only {len(names)} functions to compare")
        bad += 1
    sys.exit(bool(bad))


main(*sys.argv[1:])
