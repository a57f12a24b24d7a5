#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens a profile in DHAT's viewer, and compares what that shows with tables.

dhat.py page PROFILE VIEWER.html PAGE.html    the viewer, which opens PROFILE
dhat.py compare DOM.html PEAK END TOLERANCE    what it became, and tables by line
dhat.py lives PROFILE LIFETIMES.json    ages of what was freed, all of it

PEAK and END are names of tables, NAME.METRIC.json.  TOLERANCE is a part of the
total.  Prints each difference; the exit status says whether there was one.
"""
import html
import json
import re
import sys

import ours

# As if one had chosen the file.
SCRIPT = """<script>
window.addEventListener("load", () => setTimeout(() => {
	const files = new DataTransfer();
	files.items.add(new File([%s], "profile.json"));
	const input = document.querySelector("input[type=file]");
	input.files = files.files;
	input.dispatchEvent(new Event("change"));
}, 100));
</script>"""
NUMBERS = r"([\d,]+) bytes \([^)]*\) in ([\d,]+) blocks"
POINT = re.compile(rf"Total: {NUMBERS} .*?At t-gmax: {NUMBERS} .*?"
                   rf"At t-end: {NUMBERS} .*?Allocated at {{ (.*?) }}")
PLACE = re.compile(r"#1: 0x[0-9a-f]+: (.*?) \(([^()]*)\)(?: |$)")


def make_page(profile, viewer, page):
    text = json.dumps(open(profile).read()).replace("</", "<\\/")
    before, end, after = open(viewer).read().rpartition("</html>")
    open(page, "w").write(before + SCRIPT % text + end + after)


def from_dom(path):
    """Numbers of the root, and {(function, line): numbers} below it."""
    text = re.sub(r"<script.*?</script>", "", open(path).read(), flags=re.S)
    text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    text = re.sub(r"[\s\u2500-\u257f\u25b6\u25bc]+", " ", text)
    root, places = None, {}
    for point in re.split(r"PP (?=1[\d.]*/)", text)[1:]:
        m = POINT.search(point)
        if not m:
            continue
        numbers = [int(n.replace(",", "")) for n in m.groups()[:6]]
        if point.startswith("1/1 "):
            root = numbers
        place = PLACE.search(m[7])
        if re.match(r"1\.\d+/", point) and place:
            line = place[2].rsplit(":", 1)
            key = place[1], int(line[1]) if len(line) == 2 else None
            places[key] = [a + b for a, b in
                           zip(places.get(key, [0] * 6), numbers)]
    return root, places


def from_tables(peak, end):
    """The same six numbers of ours."""
    tables = [f"{peak}.allocated", f"{peak}.count", f"{peak}.live",
              f"{peak}.live-count", f"{end}.live", f"{end}.live-count"]
    totals, rows = [], {}
    for i, name in enumerate(tables):
        table = json.load(open(f"{name}.json"))
        totals.append(table["total"]["value"])
        for row in table["rows"]:
            key = row["function"], row["line"] if row["file"] else None
            rows.setdefault(key, [0] * 6)[i] += row["self"]["value"]
    return totals, rows


def compare(path, peak, end, tolerance):
    root, theirs = from_dom(path)
    totals, rows = from_tables(peak, end)
    if not root or len(theirs) < 5:
        sys.exit(f"{path}: the viewer shows {root} and {len(theirs)} places")
    for name, numbers in [("in all", root)] + list(theirs.items()):
        wanted = totals if name == "in all" else rows.get(name, [0] * 6)
        if any(abs(a - b) > tolerance * total
               for a, b, total in zip(numbers, wanted, totals)):
            ours.complain(f"{name}: {numbers} shown, {wanted} in ours")


def compare_lives(path, lifetimes):
    profile = json.load(open(path))
    lived, points = {}, profile["pps"]
    for point in points:
        name = profile["ftbl"][point["fs"][0]]
        name = re.fullmatch(r"0x[0-9a-f]+: (.*) \([^()]*\)", name)[1]
        lived[name] = lived.get(name, 0) + point["tl"]
        if point["tbk"] == point["ebk"] and \
                not 0 < point["tl"] <= point["tbk"] * profile["te"]:
            ours.complain(f"{name}: never freed, and lived {point['tl']} us")
    rows = [row for row in json.load(open(lifetimes))["rows"]
            if row["live"]["count"]["value"] == 0]
    for row in rows:
        wanted = row["mean"]["value"] * row["count"]["value"] * 1e6
        if abs(lived[row["function"]] - wanted) > len(points):
            ours.complain(f"{row['function']}: {lived[row['function']]} us, "
                          f"{wanted} in ours")
    if len(rows) < 5:
        ours.complain(f"only {len(rows)} functions freed all")


if sys.argv[1] == "page":
    make_page(*sys.argv[2:])
elif sys.argv[1] == "lives":
    compare_lives(*sys.argv[2:])
else:
    compare(*sys.argv[2:5], float(sys.argv[5]))
ours.finish()
