#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hostile-names.py make FROM.hpc TO.hpc      replaces all strings of a digest
hostile-names.py check FORMAT FILE ERRORS  is the output harmless, and whole?"""

import csv
import gzip
import html.parser
import io
import json
import re
import struct
import sys
import unicodedata
import xml.etree.ElementTree

import varint

TAG = "hostile-tag"
NAMES = [
    b"\x1b[31;5mred", b"\x1b]0;title\x07", b"\x1bc", b"\x9b2J", b"\xc2\x9b2J",
    b"\r\nInjected: line", b"\n\n", b"\x08\x08", b"\x00"[:0] + b"\x7f",
    b"=1+1", b"+1+1", b"-1+1", b"@SUM(1)", b"\t=1", b"\r=1",
    b"<" + TAG.encode() + b" onhostile=x>", b"</script><hostile-tag>",
    b"\"><hostile-tag>", b"'><hostile-tag>", b"--><hostile-tag>",
    b"]]><hostile-tag>", b"&lt;&#x1b;&amp", b"a\"b'c`d", b"\\", b"\\\"",
    b"a;b;c 1 2", b"{\"a\": [", b"\"];x->y;", b"\\l\\N\\G", b"%s%n%1000d",
    b"\xff\xfe\xf0", b"\xed\xa0\x80", b"\xe2\x80\xaecod.exe",
    b"\xe2\x80\x8b\xef\xbb\xbf", b"\xf3\xa0\x81\x81", b"\xf4\x90\x80\x80",
    "\u00e9\u4e2d\U0001f600".encode(), b"\xe2\x80\xa8x", b"x" * 70000,
    b"std::a<" * 3000, b"(" * 3000, b"::" * 3000, b"/" * 5000, b" ", b"  x ",
]


def crc32c(data):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
        table.append(byte)
    crc = 0xffffffff
    for byte in data:
        crc = table[(crc ^ byte) & 0xff] ^ crc >> 8
    return crc ^ 0xffffffff


STRINGS = 2


def make(source, target):
    """The specification is heapprof-format(5), DIGEST."""
    data = open(source, "rb").read()
    begin, length = struct.unpack_from("<QQ", data, len(data) - 32)
    at, end, sections = begin, begin + length, b""
    while at < end:
        kind, at = varint.get(data, at)
        count, at = varint.get(data, at)
        size, at = varint.get(data, at)
        body = data[at:at + size]
        at += size
        if kind == STRINGS:
            # Each differs from the others, as they did before.
            body = b"".join(NAMES[i % len(NAMES)] + b"%d\0" % i
                            for i in range(count))
        for value in (kind, count, len(body)):
            sections += varint.put(value)
        sections += body
    trailer = struct.pack("<QQII8s", begin, len(sections), crc32c(sections),
                          0, b"HEAPDGST")
    crc = crc32c(trailer)
    trailer = trailer[:20] + struct.pack("<I", crc) + trailer[24:]
    open(target, "wb").write(data[:begin] + sections + trailer)


def check_plain(text, what):
    """Nothing but lines that can be shown."""
    for i, c in enumerate(text):
        if c == "\n":
            continue
        # Cc: controls, Cf: invisible and bidi, Zl and Zp: other line ends.
        if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs"):
            sys.exit("%s: U+%04X in %r" % (what, ord(c), text[i - 60:i + 20]))


def check_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    width = len(rows[0])
    for row in rows:
        if len(row) != width:
            sys.exit("csv: %d cells instead of %d: %r" % (len(row), width, row))
        for cell in row:
            if cell[:1] in ("=", "+", "@", "\t", "\r"):
                sys.exit("csv: a formula: %r" % cell[:80])
            if cell[:1] == "-":
                float(cell)


class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        if tag == TAG or any(name == "onhostile" for name, _ in attrs):
            sys.exit("html: a tag from a name: %r" % self.get_starttag_text())

    handle_startendtag = handle_starttag


def check_html(text):
    page = Page()
    page.feed(text)
    page.close()


def check_xml(text):
    for element in xml.etree.ElementTree.fromstring(text).iter():
        if TAG in str(element.tag) or "onhostile" in element.attrib:
            sys.exit("xml: a tag from a name: %r" % element.tag)


def take_label(text, at):
    """The end of a label like HTML, which is well-formed and has our tags."""
    depth, end = 1, at + 1
    while depth > 0:
        depth += {"<": 1, ">": -1}.get(text[end], 0)
        end += 1
    for element in xml.etree.ElementTree.fromstring(
            "<td>%s</td>" % text[at + 1:end - 1]).iter():
        if element.tag not in ("table", "tr", "td", "font", "br"):
            sys.exit("dot: a tag from a name: %r" % element.tag)
    return end


def check_dot(text):
    """Outside of strings and labels there is nothing but the language."""
    rest, at = "", 0
    while at < len(text):
        if text[at] == '"':
            at = re.compile(r'"(?:[^"\\]|\\.)*"', re.S).match(text, at).end()
        elif text[at] == "<":
            at = take_label(text, at)
        else:
            rest += text[at]
            at += 1
    if not re.fullmatch(r"[\w\s\[\]{}=,;>.#-]*", rest):
        sys.exit("dot: %r" % re.findall(r"[^\w\s\[\]{}=,;>.#-].*", rest)[:3])
    if rest.count("{") != rest.count("}") or TAG in rest:
        sys.exit("dot: a name is not in quotes")


def check_collapsed(text):
    for line in text.splitlines():
        if not re.fullmatch(r".+ \d+", line):
            sys.exit("collapsed: %r" % line[:200])


CHECKS = {
    "json": json.loads,
    "speedscope": json.loads,
    "csv": check_csv,
    "svg": check_xml,
    "html": check_html,
    "dot": check_dot,
    "collapsed": check_collapsed,
}


def check(format, output, errors):
    check_plain(open(errors, "rb").read().decode(), "standard error")
    data = open(output, "rb").read()
    if not data and format != "text":
        sys.exit("%s: nothing" % format)
    if data[:2] == b"\x1f\x8b":
        gzip.decompress(data)
        return
    text = data.decode()
    if format == "csv":
        text = text.replace("\r\n", "\n")
    if format == "text":
        text = re.sub("\033\\[[0-9;]*m", "", text)
    check_plain(re.sub("^\t+", "", text, flags=re.M), format)
    CHECKS.get(format, len)(text)


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
