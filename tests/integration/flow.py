# SPDX-License-Identifier: MIT
"""The graph as graphviz reads it, against our own reports.

    flow.py graph DOT_JSON REPORT_JSON      the same, and it adds up
    flow.py top REPORT_JSON TOP_JSON        all of it is the table by function
    flow.py svg SVG REPORT_JSON             all is drawn
"""
import json
import sys
import xml.etree.ElementTree as ET

from ours import complain, finish, functions

KEYS = "local", "cumulative", "entry", "dropped_in", "dropped_out"


def close(a, b, whole):
    return abs(a - b) <= 1e-9 * whole + 1e-6


def values(estimates):
    return [e["value"] for e in estimates]


def read_dot(path):
    """{node: {key: figures}}, {(from, to): figures}; without the start."""
    d = json.load(open(path))
    names = {o["_gvid"]: o["name"] for o in d["objects"]}
    numbers = lambda text: [float(x) for x in text.split(",")]
    nodes = {o["name"]: {key: numbers(o[key]) for key in KEYS}
             for o in d["objects"] if o["name"] != "start"}
    edges, entries = {}, {}
    for e in d.get("edges", []):
        ends = names[e["tail"]], names[e["head"]]
        if ends[0] == "start":
            entries[ends[1]] = numbers(e["flow"])
        elif ends in edges:
            complain(f"{ends}: two edges")
        else:
            edges[ends] = numbers(e["flow"])
    return nodes, edges, entries


def read_report(path):
    d = json.load(open(path))
    nodes = {n["id"]: {key: values(n[key]) for key in KEYS}
             for n in d["nodes"]}
    edges = {(e["from"], e["to"]): values(e["flow"]) for e in d["edges"]}
    return d, nodes, edges


def check_balance(nodes, edges, totals):
    for name, n in nodes.items():
        for k, whole in enumerate(totals):
            into = n["entry"][k] + n["dropped_in"][k] + sum(
                flow[k] for (_, to), flow in edges.items() if to == name)
            out = n["local"][k] + n["dropped_out"][k] + sum(
                flow[k] for (of, _), flow in edges.items() if of == name)
            if not close(into, out, whole):
                complain(f"{name}: {into} in, {out} out")
            if n["cumulative"][k] > whole * (1 + 1e-9):
                complain(f"{name}: more than the total")


def graph(dot, report):
    d, nodes, edges = read_report(report)
    theirs, flows, entries = read_dot(dot)
    totals = values(d["totals"])
    if (nodes, edges) != (theirs, flows):
        complain("graphviz reads other figures")
    begins = {name: n["entry"] for name, n in nodes.items() if any(n["entry"])}
    if entries != (begins if len(begins) > 1 else {}):
        complain(f"stacks begin at {begins}, drawn {entries}")
    if not nodes or not edges or not any(totals):
        complain("nothing to compare")
    check_balance(theirs, flows, totals)
    if d["dropped"]["nodes"] or d["dropped"]["edges"]:
        return
    for k, whole in enumerate(totals):
        rest = d["other"][k]["value"] + d["hidden"][k]["value"]
        for key in "local", "entry":
            got = rest + sum(n[key][k] for n in nodes.values())
            if not close(got, whole, whole):
                complain(f"{key}: {got} of {whole}")


def top(report, table):
    d, rows = json.load(open(report)), functions(table)
    whole = d["totals"][0]["value"]
    for n in d["nodes"]:
        [place] = n["frames"]
        if not place["function"] or place["function"] not in rows:
            continue
        own, all_ = rows.pop(place["function"])
        got = n["local"][0]["value"], n["cumulative"][0]["value"]
        if not (close(got[0], own, whole) and close(got[1], all_, whole)):
            complain(f"{place['function']}: {got}, the table has {own, all_}")
    # Those that only hand memory on are in no node, and have nothing.
    missing = [name for name, row in rows.items()
               if row[0] > 0 and not name.startswith("[")]
    if missing:
        complain(f"in no node: {missing}")


def svg(path, report):
    root = ET.parse(path).getroot()
    classes = [g.get("class") or "" for g in root.iter(root.tag[:-3] + "g")]
    d = json.load(open(report))
    begins = sum(any(values(n["entry"])) for n in d["nodes"])
    start = begins > 1
    for what, wanted in (("node", len(d["nodes"]) + start),
                         ("edge", len(d["edges"]) + start * begins)):
        got = sum(c.split()[:1] == [what] for c in classes)
        if got != wanted:
            complain(f"{got} of {wanted} {what}s are drawn")
    if root.find(root.tag[:-3] + "style") is None:
        complain("no style")


globals()[sys.argv[1]](*sys.argv[2:])
finish()
