#!/bin/sh
# SPDX-License-Identifier: MIT
# jemalloc, tcmalloc and mimalloc, linked with the program or preloaded: it
# gets from them what it gets without us, and each block is counted once.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need cc python3

missing=

# try WHAT BASE COMMAND...: without us and with us, into BASE
try()
{
	what=$1 base=$2
	shift 2
	run "$@" >native.out 2>native.err || fail "$what: $*: status $?"
	record "$base" -s all -- "$@" >ours.out 2>ours.err ||
		fail "$what: $*, recorded: status $?: $(cat ours.err)"
	same "$what: $*: standard output" native.out ours.out
	summary "$base"
	expect "$what: $*: lost" 0 "$(json "$base.json" 'd["events"]["lost"]')"
}

# try_all WHAT FOLDER: the programs of FOLDER.  What the libraries allocate at
# their start, some by operator new, is what a program has that does nothing.
try_all()
{
	try "$1" idle "$2/sampling" 0
	try "$1" base "$2/sampling" 100000
	python3 "$here/counts.py" truth base.json native.out idle.json ||
		fail "$1: see above"
	try "$1" base "$2/entry-points" usual
	python3 "$here/counts.py" truth base.json native.out idle.json ||
		fail "$1: see above"
	try "$1" base "$2/moments"
	try "$1" base "$2/threading"
}

# link LIBRARY PROGRAM...: from their sources, with the allocator first
link()
{
	library=$1
	shift
	for program; do
		cc -std=gnu11 -D_GNU_SOURCE -fno-builtin -w -pthread \
			-o "$program" "$here/../programs/$program.c" \
			-Wl,--no-as-needed -l:"$library" 2>link.log || return
	done
}

for allocator in libjemalloc.so.2 libtcmalloc.so.4 libtcmalloc_minimal.so.4 \
	libmimalloc.so.2; do
	link $allocator sampling entry-points moments threading || {
		missing="$missing $allocator"
		continue
	}
	try_all "$allocator linked" .
	export LD_PRELOAD=$allocator
	try_all "$allocator preloaded" "$programs"
	unset LD_PRELOAD
done
[ -z "$missing" ] || skip "not installed:$missing"
