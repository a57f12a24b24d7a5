#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what recording costs, beside native and the peers, and how fast the
tools are; prints tables as README.md has them.

    bench.py BUILD [--rounds N] [--only pairs,live,programs,tools] [--quick]
             [--events N]

Every round runs every tool once, one after the other, so that what is compared
was measured within seconds; figures are medians over the rounds of differences
or ratios to the native run of the same round.  What takes many times as long as
a native run has three rounds.  The processor time is that of the whole process
tree.  A peer that is not installed is named as missing.

Each run gets an environment of another size: that moves the stack, and a program
can be some percent faster or slower at one place than at another.

tools is digest, report and symbols; --events adds the digest of a log of so many
events, for one a billion, which takes 4 GB in TMPDIR.
"""
import argparse
import json
import os
import platform
import random
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
         "gperftools, HEAPPROFILE": 20_000}
# At most; their figures are far from any limit.
ROUNDS = {"heaptrack": 3, "gperftools, HEAPPROFILE": 3}


def execute(tool, command, env=None, place=None, **kwargs):
    """Runs it in a folder of its own, in place; its output and processor
    seconds."""
    environment = dict(os.environ, LC_ALL="C.UTF-8",
                       PADDING="x" * random.randrange(4096), **(env or {}))
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


def run_pairs(args, tool, pairs, shape):
    return execute(tool, [os.path.join(args.build, "tests/bench/pairs"),
                          str(pairs)] + [str(n) for n in shape])


def pair_cost(args, tool, shape):
    """Of the threads that make the pairs."""
    pairs = PAIRS.get(tool.name, 20_000_000) // (10 if args.quick else 1)
    out, _ = run_pairs(args, tool, pairs, shape)
    # heaptrack has lines of its own around it
    return float(re.search(rb"^(\d+\.\d+)$", out, re.M).group(1))


def tree_cost(args, tool, shape):
    """Of all processes, but for what start and end take."""
    pairs = 1_000_000 // (10 if args.quick else 1)
    spent = [run_pairs(args, tool, n, shape)[1] for n in (pairs, 1)]
    return (spent[0] - spent[1]) * 1e9 / pairs / shape[1]


def rounds_of(available, rounds, measure):
    """{tool: [figure of each round]}, the tools taking turns."""
    results = {t.name: [] for t in available}
    for i in range(rounds):
        for tool in available:
            if i < ROUNDS.get(tool.name, rounds):
                results[tool.name].append(measure(tool))
    return results


def table(title, heads, rows):
    print("\n%s\n\n| %s |\n|%s" % (title, " | ".join(heads), "---|" * len(heads)))
    for row in rows:
        print("| %s |" % " | ".join(row))
    sys.stdout.flush()


def pair_table(title, cost, available, args):
    shapes = [(5, 1), (20, 1), (60, 1), (5, 2), (20, 2), (60, 2)]
    columns = [rounds_of(available, args.rounds, lambda t: cost(args, t, shape))
               for shape in shapes]
    rows = []
    for tool in available:
        cells = [tool.name]
        for results in columns:
            own, base = results[tool.name], results[tool.base]
            cells.append("%.1f" % statistics.median(own) if tool.name == "native"
                         else "%+.1f" % statistics.median(
                             a - b for a, b in zip(own, base)))
        rows.append(cells)
    table(title, ["frames, threads"] + ["%d, %d" % s for s in shapes], rows)


def bench_pairs(available, args):
    pair_table("Nanoseconds of a malloc and free of 16 to 256 bytes (native), and "
               "what is added to it in the threads of the program; "
               "jemalloc and tcmalloc to native, their profilers to them",
               pair_cost, available, args)
    pair_table("The same in processor time of all processes, of those that record "
               "everything", tree_cost,
               [t for t in available
                if t.name in ("native", "heapprof -s all", "heaptrack")], args)


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


def built(build, name):
    """The command of a tool of ours, without the shell script of libtool that
    takes longer to start than it does."""
    libs = os.path.join(build, ".libs")
    if not os.path.exists(os.path.join(libs, name)):
        return [os.path.join(build, name)]
    return ["env", "LD_LIBRARY_PATH=" + libs, os.path.join(libs, name)]


def run_tool(command, stdin=subprocess.DEVNULL):
    """Seconds of wall-clock time, of processor time, and MiB at the most."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("bench: %s: exit status %d" % (" ".join(command),
                                                child.returncode))
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def first_byte(command):
    start = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        child.stdout.read(1)
        seconds = time.monotonic() - start
        child.stdout.read()
    return seconds


def make_log(build, base, events, threads=4, traces=10_000):
    subprocess.run([os.path.join(build, "tests/bench/biglog"), base, str(events),
                    str(threads), str(traces)], check=True,
                   stdout=subprocess.DEVNULL)


def million(n):
    return "%d M" % (n // 1_000_000)


def bench_digest(build, args, base, rows):
    digest = built(build, "heapprof-digest") + ["-q", "--no-symbols"]
    shapes = [(10, 4), (100, 1), (100, 4)] if not args.quick else [(1, 1), (1, 4)]
    shapes = [(n * 1_000_000, threads) for n, threads in shapes]
    if args.events:
        shapes.append((args.events, 4))
    for events, threads in shapes:
        make_log(build, base, events, threads)
        size = os.path.getsize(base + ".hpd")
        for jobs in (1, os.cpu_count()):
            runs = [run_tool(digest + ["-j", str(jobs), base])
                    for _ in range(args.rounds if events <= 10**8 else 1)]
            wall, cpu, memory = (statistics.median(r[i] for r in runs)
                                 for i in range(3))
            rows.append(["digest, %s events of %d thread%s, -j %d" % (
                million(events), threads, "s" * (threads > 1), jobs),
                "%.1f M events/s, %.1f M a second of processor, %.0f MiB, "
                "%.2f bytes an event" % (events / wall / 1e6, events / cpu / 1e6,
                                         memory, size / events)])


def bench_report(build, args, base, rows):
    """Of 10000 snapshots and 100000 traces."""
    report = built(build, "heapprof-report") + ["-q"]
    n = 10 if args.quick else 1
    make_log(build, base, 20_000_000 // n, 4, 100_000 // n)
    run_tool(built(build, "heapprof-digest") + ["-q", "--no-symbols", base])
    out = subprocess.run(report + ["--format=json", base + ".hpc"], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seconds = json.loads(out.stdout)["duration_s"]
    run_tool(built(build, "heapprof-digest") +
             ["-q", "--no-symbols", "-i", "%.9f" % (seconds / (10_000 // n)), base])
    what = "of %d snapshots, %d traces" % (10_000 // n, 100_000 // n)
    for view in ("summary", "time", "top", "tree", "flame", "flow"):
        command = report + ["--view=" + view, base + ".hpc"]
        times = [first_byte(command) for _ in range(3 * args.rounds)]
        rows.append(["report %s, --view=%s, first byte" % (what, view),
                     "%.0f ms" % (statistics.median(times) * 1e3)])
    runs = [run_tool(report + ["--format=html", "-o", base + ".html", base + ".hpc"])
            for _ in range(args.rounds)]
    wall, cpu, memory = (statistics.median(r[i] for r in runs) for i in range(3))
    rows.append(["page %s" % what, "%.2f s, %.2f s of processor, %.0f MiB" % (
        wall, cpu, memory)])


# Of many instances of templates, so that most of its debug information is theirs.
UNIT = """
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>
namespace unit%(unit)d {
template <int N> struct item {
  std::string name;
  std::vector<int> values;
  std::shared_ptr<item> next;
  bool operator<(const item &o) const { return name < o.name; }
};
template <int N> std::size_t work(std::istream &in)
{
  std::map<item<N>, std::unordered_map<std::string, std::vector<item<N>>>> all;
  std::regex words("([a-z]+)" + std::to_string(N));
  std::size_t n = 0;
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    item<N> one{line, {N}, std::make_shared<item<N>>()};
    if (std::regex_search(line, m, words))
      all[one][m.str(1)].push_back(one);
    std::function<bool(const item<N> &)> f =
        [](const item<N> &x) { return x.values.size() > N; };
    for (auto &outer : all)
      for (auto &inner : outer.second) {
        std::stable_sort(inner.second.begin(), inner.second.end());
        n += std::count_if(inner.second.begin(), inner.second.end(), f);
      }
  }
  return n;
}
std::size_t run(std::istream &in) { return %(calls)s; }
}
"""


def make_program(folder, units):
    """A C++ program of about 3 MB of .debug_info a unit."""
    objects = []
    for unit in range(units):
        calls = " + ".join("work<%d>(in)" % (100 * unit + k) for k in range(12))
        source = os.path.join(folder, "unit%d.cpp" % unit)
        with open(source, "w") as out:
            out.write(UNIT % {"unit": unit, "calls": calls})
            if unit == 0:
                out.write("#include <iostream>\n"
                          "int main() { return unit0::run(std::cin) > 0; }\n")
        objects.append(source[:-4] + ".o")
        subprocess.run(["g++", "-g", "-O1", "-c", source, "-o", objects[-1]],
                       check=True)
    program = os.path.join(folder, "program")
    subprocess.run(["g++", "-o", program] + objects, check=True)
    return program


def addresses_in(program, number):
    """As many addresses of its functions, evenly and always the same."""
    out = subprocess.run(["nm", "--defined-only", "-S", program], text=True,
                         stdout=subprocess.PIPE, check=True).stdout
    ranges = [(int(f[0], 16), int(f[1], 16)) for f in map(str.split, out.split("\n"))
              if len(f) == 4 and f[2] in "tTwW"]
    every = [a for start, size in sorted(set(ranges))
             for a in range(start, start + size)]
    step = max(len(every) // number, 1)
    return every[::step][:number]


def bench_symbols(build, args, folder, rows):
    symbolize = os.path.join(build, "tests/programs/symbolize")
    program = make_program(folder, 1 if args.quick else 8)
    addresses = addresses_in(program, 100_000)
    listed = os.path.join(folder, "addresses")
    with open(listed, "w") as out:
        out.writelines("0x%x\n" % a for a in addresses)
    runs = []
    for _ in range(args.rounds):
        with open(listed) as stdin:
            # -R 1: all of them twice, and no output
            runs.append(run_tool([symbolize, "-R", "1", program], stdin))
    wall, cpu = (2 * len(addresses) / statistics.median(r[i] for r in runs)
                 for i in range(2))
    rows.append(["symbols of %d addresses of a C++ program of %.0f MB" % (
        len(addresses), os.path.getsize(program) / 1e6),
        "%.0f addresses/s, %.0f a second of processor" % (wall, cpu)])


def bench_tools(build, args):
    folder = tempfile.mkdtemp(prefix="bench-")
    base = os.path.join(folder, "big")
    parts = {
        "digest": lambda rows: bench_digest(build, args, base, rows),
        "report": lambda rows: bench_report(build, args, base, rows),
        "symbols": lambda rows: bench_symbols(build, args, folder, rows),
    }
    rows = []
    wanted = args.only.split(",")
    try:
        for name, part in parts.items():
            if name in wanted or "tools" in wanted:
                part(rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if rows:
        table("The tools", ["what", "how fast"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="pairs,live,programs,tools")
    parser.add_argument("--events", type=int,
                        help="digest a log of so many, too")
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
        bench_pairs(available, args)
    if "live" in wanted:
        bench_live(args.build, available, args)
    if "programs" in wanted:
        bench_programs(available, args)
    bench_tools(args.build, args)


if __name__ == "__main__":
    main()
