#!/bin/sh
# SPDX-License-Identifier: MIT
# The pictures of README.md, from a real program: the linker, which takes all
# of the C library together.  $1: where the tools are built.
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
