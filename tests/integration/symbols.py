# SPDX-License-Identifier: MIT
"""
symbols.py compare SYMBOLIZE FILE [DEBUGFILE]
    Every seventh instruction of FILE, against addr2line (binutils).
symbols.py damage SYMBOLIZE FILE <EXPECTED
    FILE, cut and with bytes changed: any answer will do, but a crash.
"""

import bisect
import collections
import random
import re
import shutil
import subprocess
import sys


def run(*command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True,
                          errors="replace")


class Symbols:
    """What nm has: names of functions by range."""

    def __init__(self, path):
        self.by_start = collections.defaultdict(list)
        for line in run("nm", "-S", "-C", path).stdout.splitlines():
            parts = line.split(" ", 3)
            if len(parts) == 4 and len(parts[1]) == 16:
                start, size = int(parts[0], 16), int(parts[1], 16)
                name = parts[3].split("@")[0]
                self.by_start[start].append((start + size, name))
        self.starts = sorted(self.by_start)

    def at(self, address):
        last = bisect.bisect_right(self.starts, address)
        return {name for start in self.starts[max(0, last - 8):last]
                for end, name in self.by_start[start] if address < end}


def parse_ours(text):
    answers, frames = {}, []
    for line in text.splitlines():
        if "\t" in line:
            function, place, _ = line.split("\t")
            frames.append((function, place))
        else:
            frames = answers[int(line, 16)] = []
    return answers


def parse_theirs(text):
    answers, frames, lines = {}, [], iter(text.splitlines())
    for line in lines:
        if re.fullmatch("0x[0-9a-f]{16}", line):
            frames = answers[int(line, 16)] = []
        else:
            place = re.sub(r" \(discriminator \d+\)", "", next(lines))
            frames.append((line, re.sub(r":\?$", ":0", place)))
    return answers


def without_parameters(name):
    """The name up to its last pair of parentheses that is not within <>."""
    name = name.split(" [clone")[0].replace("operator()", "operator{}")
    name = name.replace("(anonymous namespace)", "{anonymous}")
    depth, end = 0, len(name)
    for i, c in enumerate(name):
        if c == "<" and not name[:i].endswith("operator"):
            depth += 1
        elif c == ">" and name[i - 1] != "-" and depth:
            depth -= 1
        elif c == "(" and not depth:
            end = i
    return name[:end]


def same_name(ours, theirs, symbols):
    """
    Explained differences of addr2line: it knows no scopes where DWARF has no
    linkage name, prints the linkage name of C functions (__GI_abort), and, of
    the innermost or outermost function, the name of a symbol that is there.
    """
    return (ours == theirs or theirs in symbols or
            ours.endswith("::" + theirs) or
            theirs.replace("__GI_", "") == ours or
            without_parameters(ours) == without_parameters(theirs))


def same_line(ours, theirs):
    return ours.rsplit(":", 1)[1] == theirs.rsplit(":", 1)[1]


def same_place(ours, theirs):
    """
    addr2line 2.40 takes other files of version 5 line tables at times, where
    llvm-symbolizer has to agree with us; and it has file names of symbol tables
    where there is no line.
    """
    return (ours.rsplit("/", 1)[-1] == theirs.rsplit("/", 1)[-1] or
            ours.endswith(":0"))


def judge(ours, theirs, symbols):
    if not ours or (len(ours) == 1 and ours[0][0] == "??"):
        # Between functions, addr2line names the one before.
        return "UNKNOWN" if symbols else "nothing is there"
    if len(ours) != len(theirs):
        return "DEPTH"
    for i, (a, b) in enumerate(zip(ours, theirs)):
        ends = i in (0, len(ours) - 1)
        if not same_name(a[0], b[0], symbols if ends else ()):
            return "NAME"
        if not same_line(a[1], b[1]):
            return "LINE"
    if not all(same_place(a[1], b[1]) for a, b in zip(ours, theirs)):
        return "other file"
    return "same" if ours == theirs else "same but for what is explained"


def check_files(path, questioned):
    """Answers of ours that addr2line has other files for."""
    if not questioned or not shutil.which("llvm-symbolizer"):
        return
    text = "".join("%#x\n" % address for address in questioned)
    lines = run("llvm-symbolizer", "--obj=" + path, "--output-style=GNU", "-a",
                "-f=linkage", "-i", text=text).stdout
    theirs = parse_theirs(re.sub(r"^0x(\w+)$",
                                 lambda m: "0x" + m.group(1).zfill(16), lines,
                                 flags=re.MULTILINE))
    for address, frames in questioned.items():
        if len(frames) != len(theirs[address]) or not all(
                same_place(a[1], b[1])
                for a, b in zip(frames, theirs[address])):
            sys.exit("FAIL: %s: %#x: ours %s, llvm-symbolizer's %s" % (
                path, address, frames, theirs[address]))


def instructions(path):
    text = run("objdump", "-d", "--no-show-raw-insn", path).stdout
    return re.findall(r"^ +([0-9a-f]+):\t", text, re.MULTILINE)[::7]


def compare(symbolize, path, debug=None):
    debug = debug or path
    text = "".join("0x%s\n" % a for a in instructions(path))
    ours = parse_ours(run(symbolize, path, text=text).stdout)
    theirs = parse_theirs(run("addr2line", "-a", "-f", "-i", "-C", "-e",
                              debug, text=text).stdout)
    symbols = Symbols(debug)
    counts, failed, questioned = collections.Counter(), 0, {}
    for address, frames in ours.items():
        verdict = judge(frames, theirs[address], symbols.at(address))
        counts[verdict] += 1
        if verdict == "other file":
            questioned[address] = frames
        if verdict.isupper():
            failed += 1
            if failed <= 5:
                print("%s: %#x: %s\n  ours   %s\n  theirs %s" % (
                    path, address, verdict, frames, theirs[address]))
    print(path, dict(counts))
    check_files(debug, questioned)
    if len(questioned) > len(ours) / 12:
        sys.exit("FAIL: %s: too many files differ" % path)
    if failed or len(ours) < 500:
        sys.exit("FAIL: %s: %d of %d differ" % (path, failed, len(ours)))


def damage(symbolize, path):
    whole = open(path, "rb").read()
    expected = [line for line in sys.stdin if line.startswith("0x")]
    random.seed(1)
    for turn in range(180):
        data = bytearray(whole)
        if turn % 3 == 0:
            del data[random.randrange(len(data)):]
        for _ in range(2 ** (turn % 12) if data else 0):
            data[random.randrange(len(data))] = random.randrange(256)
        with open("mangled", "wb") as f:
            f.write(data)
        result = run("timeout", "20", symbolize, "./mangled",
                     text="".join(expected))
        if result.returncode:
            sys.exit("FAIL: damage %d: status %d: %s" % (
                turn, result.returncode, result.stderr))
        answers = [line for line in result.stdout.splitlines()
                   if re.fullmatch("0x[0-9a-f]+", line)]
        if len(answers) != len(expected):
            sys.exit("FAIL: damage %d: not all were answered" % turn)


{"compare": compare, "damage": damage}[sys.argv[1]](*sys.argv[2:])
