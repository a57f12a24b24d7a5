#!/bin/sh
# SPDX-License-Identifier: MIT
# The pictures of README.md, from a real program: the linker, which takes all
# of the C library together.  $1: where the tools are built.  Of the page for
# browsers, Chromium takes one.
set -eu

tools=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
library=$(gcc -print-file-name=libc.a)

"$tools/heapprof-run" -q -s all -o demo \
	ld -r -o demo.o --whole-archive --no-warnings "$library"
"$tools/heapprof-report" -q --view=time --line=objalloc=objalloc_create \
	--line=hash=bfd_hash_table_init_n -o "$here/time.svg" demo
"$tools/heapprof-report" -q --view=flame -o "$here/flame.svg" demo
"$tools/heapprof-report" -q --view=flame --compare=0.1,peak \
	-o "$here/compare.svg" demo
"$tools/heapprof-report" -q --view=flow --by=function --min-node=0.03 \
	-o "$here/flow.svg" demo
"$tools/heapprof-report" -q -o page.html demo
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
	--window-size=1320,1010 --virtual-time-budget=10000 \
	--screenshot="$here/page.png" "file://$tmp/page.html#split=1" 2>log ||
	{ cat log >&2; exit 1; }
