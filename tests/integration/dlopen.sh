#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions of libraries that are gone keep their names, also when another
# library was loaded at the same address.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3

compare_with_counter "$programs/loading" "$programs/.libs"
grep -q 'same address' native.out ||
	echo "the loader used different addresses" >&2

report --view=top --by=function --at=end --format=json -n 1000 base \
	>top.json 2>err || fail "$(cat err)"
held='[r["cumulative"]["value"] for r in d["rows"] if r["function"] == "%s"]'
expect "held by library a" "[555555]" \
	"$(json top.json "$(printf "$held" loaded_a_allocate)")"
expect "held by library b" "[1111110]" \
	"$(json top.json "$(printf "$held" loaded_b_allocate)")"
modules='sorted(r["module"].rsplit("/", 1)[-1] for r in d["rows"]
	if r["function"] and r["function"].startswith("loaded_"))'
expect "modules" "['loaded-a.so', 'loaded-b.so']" "$(json top.json "$modules")"

# A library that was at twenty places is one file: looked up once, missed once.
mkdir libs
cp "$programs/.libs/loaded-a.so" "$programs/.libs/loaded-b.so" libs
record base -q -s all -- "$programs/soaking" modules 80 2 libs >out ||
	fail "soaking: status $?"
rm -r libs
run "$heapprof_digest" base 2>err || fail "$(cat err)"
expect "warnings" 2 "$(grep -c 'loaded-[ab].so: not found' err)"
report base >page 2>err || fail "$(cat err)"
grep -qx '  missing   symbols of 2 modules' page || fail "$(cat page)"
