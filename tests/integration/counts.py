#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a summary of ours, exactly, with what others counted.

counts.py counter SUMMARY.json COUNTS [PEAK_TOLERANCE]
counts.py truth SUMMARY.json TRUTH [BEFORE.json]

COUNTS is the file that the preloaded counter leaves.  TRUTH is what a test
program printed of itself: lines of "truth KEY VALUE", others are ignored.
With BEFORE, the truth is what SUMMARY has more than that; the peak is then not
compared.  Prints each difference; the exit status says whether there was one.
"""
import json
import struct
import sys


def total(summary, metric):
    """The sum over what was recorded; see recorded in lib.sh."""
    path = summary.removesuffix("json") + metric + ".json"
    return json.load(open(path))["total"]


def from_summary(path):
    d = json.load(open(path))
    estimates = {
        "allocations": total(path, "count"),
        "bytes": total(path, "allocated"),
        "live_bytes": d["end"]["bytes"],
        "live_blocks": d["end"]["count"],
        "peak_bytes": d["peak"]["bytes"],
        "peak_blocks": d["peak"]["count"],
    }
    ours = {key: e["value"] for key, e in estimates.items()}
    ours["errors"] = sum(e["error"] for e in estimates.values())
    ours["lost"] = d["events"]["lost"]
    ours["frees"] = d["events"]["freed"]
    ours["seen"] = d["events"]["seen"]
    return ours


def from_counter(path):
    keys = ("allocations", "bytes", "live_bytes", "live_blocks",
            "peak_bytes", "peak_blocks", "frees", "unknown")
    data = open(path, "rb").read()
    if len(data) != 8 * len(keys):
        sys.exit(f"{path}: {len(data)} bytes; the counter did not run")
    theirs = dict(zip(keys, struct.unpack("=8Q", data)))
    if theirs["allocations"] == 0:
        sys.exit(f"{path}: the counter saw nothing")
    del theirs["unknown"]
    theirs["seen"] = theirs["allocations"]
    return theirs


def from_truth(path):
    words = [line.split() for line in open(path, errors="replace")]
    truth = {w[1]: int(w[2]) for w in words if w[:1] == ["truth"]}
    if not truth:
        sys.exit(f"{path}: no truth in it")
    return truth


def compare(ours, theirs, kind, allowed):
    bad = [key for key in theirs
           if abs(ours[key] - theirs[key]) > allowed.get(key, 0)]
    for key in bad:
        print(f"{key}: {ours[key]} in the profile, "
              f"{theirs[key]} in the {kind}", file=sys.stderr)
    sys.exit(bool(bad))


def main(kind, summary, other, last=None):
    ours = from_summary(summary)
    theirs = from_counter(other) if kind == "counter" else from_truth(other)
    theirs |= {"errors": 0, "lost": 0}
    allowed = {}
    if kind == "counter" and last:
        allowed = {key: float(last) * theirs[key]
                   for key in ("peak_bytes", "peak_blocks")}
    elif last:
        before = from_summary(last)
        for key in set(ours) - {"errors", "lost"}:
            ours[key] -= before[key]
        del theirs["peak_bytes"]
    compare(ours, theirs, kind, allowed)


main(*sys.argv[1:])
