#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes inputs of the fuzz targets of real files.

seeds.py hpm|hpd|hpc|v1 BASE OUT      of the profile BASE
seeds.py answers OUT                  of nothing

Each writes files OUT-0, OUT-1... that differ in what is asked of the profile.
The files elf and dwarf take are ELF files as they are.
"""
import os
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../integration"))
import varint  # noqa: E402

BLOCK = 16384
HEADER = 64
SEALED, RAW, CUT, USED = 1, 2, 4, 8
PART = 3000  # bytes of a block that are kept

# As in the targets: digest, view, grouping, text.
CHOICES = [bytes([0, view, view * 4 + view % 4, 2 + view % 2])
           for view in range(12)]


def slots(path):
    """A file of blocks, as fuzz_slots() takes it."""
    data = open(path, "rb").read()
    out = b""
    for at in range(0, len(data), BLOCK):
        block = data[at:at + BLOCK]
        used, = struct.unpack_from("<I", block, 8)
        sealed = SEALED if block[5] & 1 else 0
        if block[:4] == bytes(4):
            continue
        block = block[:HEADER + min(used, PART)]
        out += struct.pack("<BH", sealed | USED, len(block)) + block
    return out


def digest(path):
    """A digest, as hpc.c composes it again."""
    data = open(path, "rb").read()
    sections, length = struct.unpack_from("<QQ", data, len(data) - 32)
    return (b"\0" + data[:128] + struct.pack("<I", sections - 128)[:3] +
            data[128:sections] + data[sections:sections + length])


def version_1(base):
    meta = open(base + ".hpm", "rb").read()[:20000]
    log = open(base + ".hpd", "rb").read()[:4000]
    return struct.pack("<H", len(meta)) + meta + log


def answers():
    """Two strings, a warning, and frames of three addresses."""
    def text(tag, value):
        return varint.put(tag) + varint.put(len(value) + 1) + value + b"\0"

    return (bytes([3, 7]) + text(1, b"main") + text(1, b"main.c") +
            text(2, b"lib.so: its debug file is missing") +
            bytes([3, 0, 1, 1, 2, 10, 0]) +
            bytes([3, 1, 2, 1, 2, 11, 1, 1, 0, 12, 0]) + bytes([3, 2, 0, 4]))


def main():
    kind, out = sys.argv[1], sys.argv[-1]
    if kind == "answers":
        inputs = [answers()]
    else:
        base = sys.argv[2]
        body = {"hpm": lambda: slots(base + ".hpm"),
                "hpd": lambda: slots(base + ".hpd"),
                "hpc": lambda: digest(base + ".hpc"),
                "v1": lambda: version_1(base)}[kind]()
        inputs = [choice + body for choice in CHOICES]
        if kind == "hpc":
            raw = open(base + ".hpc", "rb").read()
            inputs.append(CHOICES[0] + b"\1" + raw)
    for i, data in enumerate(inputs):
        with open("%s-%d" % (out, i), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
