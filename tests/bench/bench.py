#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what recording costs, beside native and the peers, and how fast the
tools are; prints tables as README.md has them.

    bench.py BUILD [--rounds N] [--only pairs,live,programs,tools] [--quick]

Every round runs every tool once, one after the other, so that what is compared
was measured within seconds; figures are medians over the rounds of differences
or ratios to the native run of the same round.  The processor time is that of
the whole process tree.  A peer that is not installed is named as missing.
"""
import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORKLOADS = os.path.join(HERE, "..", "integration", "workloads")
INTERVAL = 512 * 1024


def library(name):
    """The path of a shared library that the loader knows, or None."""
    out = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True)
    found = re.search(r"^\s*%s .*=> (\S+)" % re.escape(name), out.stdout, re.M)
    return found and found.group(1)


class Tool:
    """How a program is run: a command before it, and its environment."""

    def __init__(self, name, prefix=(), env=None, base="native", missing=None):
        self.name, self.prefix, self.env = name, list(prefix), env or {}
        self.base, self.missing = base, missing


def tools(build):
    run = [os.path.join(build, "heapprof-run"), "-q", "-o", "profile"]
    heaptrack = shutil.which("heaptrack")
    jemalloc, tcmalloc = library("libjemalloc.so.2"), library("libtcmalloc.so.4")
    no_jemalloc = None if jemalloc else "libjemalloc2"
    no_tcmalloc = None if tcmalloc else "libgoogle-perftools4"
    profile = "prof:true,lg_prof_sample:%d,prof_prefix:jeprof"
    return [
        Tool("native"),
        Tool("heapprof, nothing sampled", run + ["-s", "1G:0"]),
        Tool("heapprof", run),
        Tool("heapprof -s bytes=512K", run + ["-s", "bytes=512K"]),
        Tool("heapprof -s all", run + ["-s", "all"]),
        Tool("heaptrack", [heaptrack or "", "-o", "heaptrack"],
             missing=None if heaptrack else "heaptrack"),
        Tool("jemalloc", env={"LD_PRELOAD": jemalloc}, missing=no_jemalloc),
        Tool("jemalloc, sampling 512K", base="jemalloc", missing=no_jemalloc,
             env={"LD_PRELOAD": jemalloc, "MALLOC_CONF": profile % 19}),
        Tool("tcmalloc", env={"LD_PRELOAD": tcmalloc}, missing=no_tcmalloc),
        Tool("tcmalloc, sampling 512K", base="tcmalloc", missing=no_tcmalloc,
             env={"LD_PRELOAD": tcmalloc,
                  "TCMALLOC_SAMPLE_PARAMETER": str(INTERVAL)}),
        Tool("gperftools, HEAPPROFILE", base="tcmalloc", missing=no_tcmalloc,
             env={"LD_PRELOAD": tcmalloc, "HEAPPROFILE": "gperf"}),
    ]


# What logs every call is given fewer of them.
PAIRS = {"heapprof -s all": 3_000_000, "heaptrack": 1_000_000,
         "gperftools, HEAPPROFILE": 100_000}


def execute(tool, command, env=None, place=None, **kwargs):
    """Runs it in a folder of its own, in place; its output and processor
    seconds."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", **(env or {}))
    if tool.env:
        environment.update(tool.env)
    folder = tempfile.mkdtemp(prefix="bench-", dir=place)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(tool.prefix + command, cwd=folder, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=600, **kwargs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit("bench: %s %s: %s" % (tool.name, command[0],
                                       done.stderr.decode("utf-8", "replace")))
    return done.stdout, (after.ru_utime - before.ru_utime +
                         after.ru_stime - before.ru_stime)


def pair_cost(build, tool, depth, threads, quick):
    pairs = PAIRS.get(tool.name, 20_000_000) // (10 if quick else 1)
    out, _ = execute(tool, [os.path.join(build, "tests/bench/pairs"), str(pairs),
                            str(depth), str(threads)])
    # heaptrack has lines of its own around it
    return float(re.search(rb"^(\d+\.\d+)$", out, re.M).group(1))


def rounds_of(available, rounds, measure):
    """{tool: [figure of each round]}, the tools taking turns."""
    results = {t.name: [] for t in available}
    for _ in range(rounds):
        for tool in available:
            results[tool.name].append(measure(tool))
    return results


def table(title, heads, rows):
    print("\n%s\n\n| %s |\n|%s" % (title, " | ".join(heads), "---|" * len(heads)))
    for row in rows:
        print("| %s |" % " | ".join(row))
    sys.stdout.flush()


def bench_pairs(build, available, args):
    shapes = [(5, 1), (20, 1), (60, 1), (5, 2), (20, 2), (60, 2)]
    columns = []
    for depth, threads in shapes:
        columns.append(rounds_of(available, args.rounds, lambda t: pair_cost(
            build, t, depth, threads, args.quick)))
    rows = []
    for tool in available:
        cells = [tool.name]
        for results in columns:
            own, base = results[tool.name], results[tool.base]
            cells.append("%.1f" % statistics.median(own) if tool.name == "native"
                         else "%+.1f" % statistics.median(
                             a - b for a, b in zip(own, base)))
        rows.append(cells)
    table("Nanoseconds of a malloc and free of 16 to 256 bytes (native), and what is "
          "added to it in the threads of the program; "
          "jemalloc and tcmalloc to native, their profilers to them",
          ["frames, threads"] + ["%d, %d" % s for s in shapes], rows)


def bench_live(build, available, args):
    """Only with us: others keep what they know in a process of their own."""
    blocks = 10_000_000 // (10 if args.quick else 1)
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    chosen = [t for t in available
              if t.name in ("native", "heapprof", "heapprof -s all")]
    results = rounds_of(chosen, args.rounds, lambda t: [
        float(n) for n in execute(t, [os.path.join(build, "tests/bench/live"),
                                      str(blocks)], place=place)[0].split()])
    rows = []
    for tool in chosen:
        longest, memory = zip(*results[tool.name])
        added = [a - b[1] for a, b in zip(memory, results["native"])]
        rows.append([tool.name, "%.0f us" % statistics.median(longest),
                     "%+.1f bytes" % statistics.median(added)])
    table("%d M live blocks" % (blocks // 1_000_000),
          ["", "longest malloc", "memory added, a block"], rows)


def programs(folder):
    """{name: (command, environment)} of real programs, with their input."""
    def work(name):
        return os.path.abspath(os.path.join(WORKLOADS, name))

    def make(name, output):
        path = os.path.join(folder, output)
        with open(path, "wb") as out:
            interpreter = "perl" if name.endswith(".pl") else sys.executable
            subprocess.run([interpreter, work(name)], stdout=out, check=True)
        return path

    def compiler(driver, name):
        return subprocess.run([driver, "-print-prog-name=" + name], text=True,
                              capture_output=True, check=True).stdout.strip()

    repo = os.path.join(folder, "repo")
    subprocess.run(["git", "init", "-q", "-b", "main", repo], check=True)
    with open(make("history.py", "history"), "rb") as history:
        subprocess.run(["git", "-C", repo, "fast-import", "--quiet"],
                       stdin=history, check=True)
    preprocessed = os.path.join(folder, "templates.ii")
    subprocess.run(["g++", "-E", "-P", work("templates.cpp"), "-o", preprocessed],
                   check=True)
    return {
        "sqlite3": (["sqlite3", ":memory:", ".read " + work("sqlite.sql")], {}),
        "perl": (["perl", work("text.pl")], {}),
        "python3": ([sys.executable, "-s", "-S", work("documents.py")],
                    {"PYTHONMALLOC": "malloc"}),
        "xsltproc": (["xsltproc", work("items.xsl"),
                      make("items.pl", "items.xml")], {}),
        "git log": (["git", "-C", repo, "--no-pager", "log", "--stat"], {}),
        "cc1": ([compiler("gcc", "cc1"), "-fpreprocessed",
                 make("big-c.py", "big.i"), "-quiet", "-O2", "-o", "/dev/null"],
                {}),
        "cc1plus": ([compiler("g++", "cc1plus"), "-fpreprocessed", preprocessed,
                     "-quiet", "-O1", "-o", "/dev/null"], {}),
    }


# It takes the compilers down: its reader grows until it dies, and they with it.
TOO_MUCH = {("heaptrack", "cc1"), ("heaptrack", "cc1plus")}


def bench_programs(available, args):
    folder = tempfile.mkdtemp(prefix="bench-")
    ratios = {t.name: [] for t in available}
    try:
        chosen = programs(folder)
        for name, (command, env) in chosen.items():
            able = [t for t in available if (t.name, name) not in TOO_MUCH]
            results = rounds_of(able, args.rounds,
                                lambda t: execute(t, command, env)[1])
            for tool in available:
                ratios[tool.name].append(statistics.median(
                    a / b for a, b in zip(results[tool.name], results[tool.base]))
                    if tool in able else None)
            native = statistics.median(results["native"])
            ratios["native"][-1] = native
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = []
    for tool in available:
        seconds = tool.name == "native"
        values = [v for v in ratios[tool.name] if v is not None]
        rows.append([tool.name] + ["-" if v is None else "%.2f" % v
                                   for v in ratios[tool.name]] +
                    ["" if seconds else "%.2f" % statistics.median(values)])
    table("Processor time of real programs: seconds (native), then times as much; "
          "jemalloc and tcmalloc to native, their profilers to them",
          ["program"] + list(chosen) + ["median"], rows)


def timed(command, **kwargs):
    """Seconds of wall-clock time, and the most memory of a child so far."""
    start = time.monotonic()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **kwargs)
    return time.monotonic() - start


def first_byte(command):
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        child.stdout.read(1)
        seconds = time.monotonic() - start
        child.stdout.read()
    return seconds


def peak_memory(command):
    """MiB of the process, as GNU time's maximum resident set has it."""
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], "
              "check=True, stderr=subprocess.DEVNULL); print(resource.getrusage("
              "resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    out = subprocess.run([sys.executable, "-c", script] + command, text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    return float(out)


def bench_tools(build, args):
    digest = os.path.join(build, "heapprof-digest")
    report = os.path.join(build, "heapprof-report")
    folder = tempfile.mkdtemp(prefix="bench-")
    base = os.path.join(folder, "big")
    rows = []
    try:
        for events in (10_000_000, 100_000_000 // (10 if args.quick else 1)):
            subprocess.run([os.path.join(build, "tests/bench/biglog"), base,
                            str(events), "4"], check=True,
                           stdout=subprocess.DEVNULL)
            size = os.path.getsize(base + ".hpd")
            for jobs in (1, os.cpu_count()):
                command = [digest, "-q", "-j", str(jobs), "--no-symbols", base]
                seconds = statistics.median(timed(command)
                                            for _ in range(args.rounds))
                rows.append(["digest, %d M events, %d job%s" % (
                    events // 1_000_000, jobs, "" if jobs == 1 else "s"),
                    "%.1f M events/s, %.0f MiB, %.2f bytes an event" % (
                        events / seconds / 1e6, peak_memory(command),
                        size / events)])
        times = [first_byte([report, "-q", base + ".hpc"])
                 for _ in range(5 * args.rounds)]
        rows.append(["report of that, first byte",
                     "%.0f ms" % (statistics.median(times) * 1e3)])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table("The tools", ["what", "how fast"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="pairs,live,programs,tools")
    parser.add_argument("--quick", action="store_true",
                        help="a tenth of the work, to try it")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    every = tools(args.build)
    available = [t for t in every if not t.missing]
    print("%s, %d processors, %s, %d rounds" % (
        platform.platform(), os.cpu_count(), time.strftime("%Y-%m-%d"),
        args.rounds))
    for missing in sorted({t.missing for t in every if t.missing}):
        print("missing: install the Debian package %s to compare with it" % missing)
    wanted = args.only.split(",")
    if "pairs" in wanted:
        bench_pairs(args.build, available, args)
    if "live" in wanted:
        bench_live(args.build, available, args)
    if "programs" in wanted:
        bench_programs(available, args)
    if "tools" in wanted:
        bench_tools(args.build, args)


if __name__ == "__main__":
    main()
