# SPDX-License-Identifier: MIT
"""What our own tables say, and the differences to what others say."""
import json
import sys

failed = False


def complain(text):
    global failed
    failed = True
    print(text)


def finish():
    sys.exit(failed)


def functions(path):
    """{function: (self, cumulative)} of a table; those of one name are one."""
    rows = {}
    for row in json.load(open(path))["rows"]:
        name = row["function"] or f"[{row['module'].rsplit('/', 1)[-1]}]"
        own, all_ = rows.get(name, (0, 0))
        rows[name] = (own + row["self"]["value"],
                      all_ + row["cumulative"]["value"])
    return rows


def total(path):
    return json.load(open(path))["total"]["value"]


def compare(theirs, path, tolerance):
    """All functions, with what they did themselves and in all.

    Functions that only hand memory on are not in theirs, and have no bytes of
    their own in ours.  @tolerance is a part of the total.
    """
    ours, whole = functions(path), total(path)
    close = lambda a, b: abs(a - b) <= tolerance * whole
    for name, (own, all_) in ours.items():
        if name not in theirs:
            if not close(own, 0):
                complain(f"{name}: not in theirs, {own} in ours")
        elif not (close(own, theirs[name][0]) and
                  close(all_, theirs[name][1])):
            complain(f"{name}: {theirs[name]} in theirs, {own, all_} in ours")
    for name in theirs.keys() - ours.keys():
        if theirs[name] == (0, 0):
            continue
        complain(f"{name}: not in ours, {theirs[name]} in theirs")
    own = sum(row[0] for row in theirs.values())
    if not theirs or not close(own, whole):
        complain(f"{own} in theirs, {whole} in ours")
