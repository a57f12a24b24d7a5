#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Long runs, and much at once: what the recorder takes, and whether all is
there.  Prints a table, as tests/README.md has it.

    soak.py BUILD [--long]

Each row is a run of tests/programs/soaking, recorded with -s all.  If something
is lost, if the profile differs from what the program says of itself, or if
memory or files are more than the design allows, the exit status is 1.  Times
are printed, not judged.
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from bench import table

MIB = 1 << 20


class Row:
    """A run, and how much of what it has at a time.  NATIVE: a shorter form of
    it that needs as much memory."""

    def __init__(self, name, command, native=None, blocks=0, nodes=0, threads=1,
                 event_bytes=4):
        self.name, self.command, self.native = name, command, native or command
        self.blocks, self.nodes, self.threads = blocks, nodes, threads
        self.event_bytes = event_bytes

    def memory(self):
        """What the recorder may have resident: caches, live blocks, nodes of
        stacks in the file and on the way to them, and of each thread its state
        and its block of the log."""
        return (4 * MIB + 32 * self.blocks + 32 * self.nodes +
                48 * 1024 * (self.threads - 1))

    def size(self, events):
        """Bytes of both files; the last block of each thread is not full."""
        return (MIB + self.event_bytes * events + 32 * self.nodes +
                16 * 1024 * self.threads)


def make_rows(long, folder):
    """An event is longer than most where every block lives for long, or every
    stack is another one."""
    seconds, traces, live, threads, loads = (
        (600, 100_000, 10_000_000, 1000, 10_000) if long else
        (1, 20_000, 200_000, 200, 500))
    rounds = 100 if long else 3
    return [
        Row("a million events a second, for %d s" % seconds,
            ["events", str(seconds), "1000000"], ["events", "2", "1000000"],
            blocks=50_016),
        Row("{:,} stacks, {} times".format(traces, rounds),
            ["traces", str(traces), str(rounds)], blocks=traces,
            nodes=3 * traces, event_bytes=12),
        Row("{:,} live blocks".format(live), ["live", str(live)], blocks=live,
            event_bytes=9),
        Row("{:,} threads, {} times".format(threads, rounds),
            ["threads", str(threads), str(rounds)], threads=threads),
        Row("modules loaded {:,} times".format(loads),
            ["modules", str(loads), "20", folder], nodes=2 * loads),
    ]


def run(command, folder):
    """Its output, seconds of the clock, and what it used."""
    start = time.monotonic()
    with open(os.path.join(folder, "output"), "w+", encoding="utf-8") as output:
        with subprocess.Popen(command, cwd=folder, stdout=output) as child:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if status:
            sys.exit("soak: %s: status %d" % (" ".join(command),
                                              child.returncode))
        output.seek(0)
        return output.read(), time.monotonic() - start, usage


def said(output):
    """{key: number} of the lines that soaking prints."""
    words = [line.split() for line in output.splitlines()]
    return {w[-2]: int(w[-1]) for w in words}


def check(what, value, least, most):
    if not least <= value <= most:
        sys.exit("soak: %s: %d, not %d to %d" % (what, value, least, most))


def check_events(row, events, truth):
    for key, wanted in (("lost", 0), ("unknown_stacks", 0),
                        ("recorded", truth.get("allocations", events["seen"])),
                        ("freed", truth.get("frees", events["freed"]))):
        check("%s: %s" % (row.name, key), events[key], wanted, wanted)


def measure(build, row, folder):
    """The cells of the row."""
    def tool(name):
        return os.path.join(build, name)

    program = [tool("tests/programs/soaking")]
    native = said(run(program + row.native, folder)[0])
    truth = said(run([tool("heapprof-run"), "-q", "-s", "all", "--"] + program +
                     row.command, folder)[0])
    _, _, digest = run([tool("heapprof-digest"), "-q"], folder)
    summary, report_seconds, _ = run([tool("heapprof-report"), "-q",
                                      "--format=json"], folder)

    happened = json.loads(summary)["events"]
    check_events(row, happened, truth)
    events = happened["recorded"] + happened["freed"]
    memory = (truth["memory"] - native["memory"]) * 1024
    check(row.name + ": memory", memory, 0, row.memory())
    size = sum(os.path.getsize(os.path.join(folder, "hprof." + ending))
               for ending in ("hpm", "hpd"))
    check(row.name + ": size of the files", size, events, row.size(events))
    return [row.name, "%.1f M" % (events / 1e6),
            "%.1f of %.1f MiB" % (memory / MIB, row.memory() / MIB),
            "%.1f MiB, %.1f bytes" % (size / MIB, size / events),
            "%.1f s, %.0f MiB" % (digest.ru_utime + digest.ru_stime,
                                  digest.ru_maxrss / 1024),
            "%.0f ms" % (1e3 * report_seconds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--long", action="store_true",
                        help="a quarter of an hour, rather than seconds")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    cells = []
    for row in make_rows(args.long, os.path.join(build, "tests/programs/.libs")):
        folder = tempfile.mkdtemp(prefix="soak-")
        try:
            cells.append(measure(build, row, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    table("Long runs, everything recorded: %s, %d processors, %s" % (
        platform.platform(), os.cpu_count(), time.strftime("%Y-%m-%d")),
          ["what", "events", "memory of the recorder, of what is allowed",
           "files, an event", "digest: processor, memory", "report"], cells)


if __name__ == "__main__":
    main()
