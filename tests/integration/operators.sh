#!/bin/sh
# SPDX-License-Identifier: MIT
# operator new and delete in all their forms, over libstdc++ and over the
# allocators that bring their own: counted once, and every free is matched.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need g++ python3

tried=0

# try NAME [LIBRARY]
try()
{
	g++ -std=c++17 -fno-builtin -o "operators-$1" \
		"$here/../programs/operators.cpp" \
		${2:+-Wl,--no-as-needed -l:"$2"} 2>g++.log || {
		[ $# -eq 2 ] || fail "$(cat g++.log)"
		echo "$1 is not installed" >&2
		return
	}
	run "./operators-$1" 20 >native.out || fail "$1: status $?"
	for rounds in 0 20; do
		record "base$rounds" -s all -- "./operators-$1" $rounds \
			>ours.out 2>ours.err ||
			fail "$1, recorded: status $?: $(cat ours.err)"
		summary "base$rounds"
	done
	same "$1: standard output" native.out ours.out
	python3 "$here/counts.py" truth base20.json native.out base0.json ||
		fail "$1: see above"
	tried=$((tried + 1))
}

try libstdc++
try jemalloc libjemalloc.so.2
try tcmalloc libtcmalloc.so.4
try tcmalloc_minimal libtcmalloc_minimal.so.4
[ $tried -eq 4 ] || skip "only $tried of 4 allocators are installed"
