#!/bin/sh
# SPDX-License-Identifier: MIT
# heapprof-report --merge: the processes of a recording on one time axis, and
# the peak of their sum, which is what the program knows, or what sorting the
# events of all processes gives.
. "$(dirname "$0")/lib.sh"
need python3 gcc make

truth()
{
	sed -n "s/^truth $1 //p" truth
}

# merge BASE: all.json, the summary of all
merge()
{
	report --merge --format=json "$1" >all.json 2>err || fail "$1: $(cat err)"
}

merged()
{
	json all.json "$1"
}

# expect_sum BASE: that the merged profile is what its events add up to
expect_sum()
{
	merge "$1"
	# shellcheck disable=SC2046
	run "$programs/adding" $(merged \
		'" ".join(p["base"] for p in d["processes"])') >truth ||
		fail "adding: status $?"
	expect "$1: peak" "$(truth peak)" "$(merged 'd["peak"]["bytes"]["value"]')"
	expect "$1: error" 0 "$(merged 'd["peak"]["bytes"]["error"]')"
	expect "$1: time of the peak" "$(truth peak_ns)" \
		"$(merged 'round(d["peak"]["time_s"] * 1e9)')"
	expect "$1: shares of it" "$(truth peak)" \
		"$(merged 'sum(p["at_peak"]["value"] for p in d["processes"])')"
	expect "$1: processes" "$(truth process | sort)" "$(merged '"\n".join(
		"%s %d" % (p["base"], p["at_end"]["value"])
		for p in d["processes"])' | sort)"
	expect "$1: events lost" 0 "$(merged 'd["events"]["lost"]')"
}

# programs: names of the processes that were merged, in any order
programs()
{
	merged '" ".join(sorted(p["program"] for p in d["processes"]))'
}

# compare BASE COMMAND...: output and status with us as without
compare()
{
	base=$1
	shift
	run "$@" >native.out 2>native.err </dev/null
	native=$?
	record "$base" -c -q -s all -- "$@" >ours.out 2>ours.err </dev/null
	expect "$base: exit status" $native $?
	same "$base: standard output" native.out ours.out
	same "$base: standard error" native.err ours.err
}

# --- what the program knows ----------------------------------------------------
record base -c -q -s all -- "$programs/family" >truth
expect "exit status" 0 $?
merge base
for child in $(truth forked) $(truth executed) $(truth daemon); do
	expect "profile of $child" 1 "$(ls "base.$child.hpm" | wc -l)"
done
expect "profiles" 6 "$(ls base*.hpm | wc -l)"
[ ! -e "base.$(truth idle).hpm" ] ||
	fail "there is a profile of a child that allocated nothing"
expect peak "$(truth peak)" "$(merged 'd["peak"]["bytes"]["value"]')"
expect "left" "$(truth left)" "$(merged 'd["end"]["bytes"]["value"]')"
expect "parent of the daemon" "$(truth executed)" "$(merged \
	"[p['parent'] for p in d['processes'] if p['pid'] == $(truth daemon)][0]")"
expect "shares" "10000000 1000000 2000000 3000000 0 0" "$(merged \
	'" ".join(str(p["at_peak"]["value"]) for p in d["processes"])')"

# Every view is of all of them.
report --merge --view=leaks --format=json base >leaks.json 2>err ||
	fail "$(cat err)"
expect "leaks" "$(truth left)" "$(json leaks.json 'd["total"]["value"]')"
for view in top tree time sizes lifetimes threads "compare --compare=start,peak" "tree --compare=start,peak"; do
	# shellcheck disable=SC2086
	report --merge --view=$view base >out 2>err || fail "$view: $(cat err)"
	[ -s out ] || fail "$view: nothing"
done
status 2 "$heapprof_report" --merge --view=events base
grep -q 'leave out --merge' err || fail "events: $(cat err)"
status 4 "$heapprof_report" --merge --fail-if='peak>15M' base
status 0 "$heapprof_report" --merge --fail-if='peak>16M' base
report --merge base >page 2>err || fail "$(cat err)"
grep -qx '  merged    6 processes, of which this is the first' page ||
	fail "the page does not say what it is of: $(cat page)"
grep -q '62.5%   9.5 MiB   9.5 MiB .* family (' page ||
	fail "the share of the first is not on the page: $(cat page)"
expect_sum base

# More processes than descriptors that one may have open at first.
(ulimit -S -n 8 && report --merge base) >out 2>err ||
	fail "few descriptors: $(cat err)"
same "the page with few descriptors" page out

# A part of the tree.
child=$(record base -c -q -s all -- "$programs/family" |
	sed -n 's/^truth executed //p')
merge "base.$child"
expect "processes of a part" 2 "$(merged 'len(d["processes"])')"
expect "peak of a part" 4500000 "$(merged 'd["peak"]["bytes"]["value"]')"

# --- programs that are not ours -------------------------------------------------
cat >program.c <<'END'
#include <stdio.h>
int main(void)
{
	puts("built");
	return 3;
}
END
compare gcc gcc -pipe -O1 -o program program.c
expect_sum gcc
expect "gcc" "as cc1 collect2 gcc ld" "$(programs)"
[ -x program ] || fail "gcc made no program"

compare pipeline sh -c 'seq 20000 | sort -rn | head -3; exit 5'
expect_sum pipeline
expect "pipeline" "head seq sh sort" "$(programs | tr ' ' '\n' | uniq |
	tr '\n' ' ' | sed 's/ $//')"

cat >scrub.py <<'END'
import subprocess
kept = bytearray(3000000)
print(subprocess.run(["/bin/sh", "-c", "ls -d /"], env={}).returncode)
END
python=$(python3 -c 'import sys; print(sys.executable)')
compare python "$python" scrub.py
expect_sum python
merged '"ls" in [p["program"] for p in d["processes"]]' | grep -qx True ||
	fail "ls is not followed: $(programs)"

cat >Makefile <<'END'
.PHONY: all one two three
all: one two three
one two three:
	@env -i PATH=/usr/bin:/bin seq 1000 | sort >$@
END
compare make make -s -j2
expect_sum make
expect "sorts of make" 3 "$(programs | tr ' ' '\n' | grep -c '^sort$')"

# --- nothing to merge -------------------------------------------------------------
record alone -q -s all -- "$programs/leaving" exit
expect "exit status" 7 $?
report --merge alone >out 2>err || fail "$(cat err)"
grep -q 'no child process' err || fail "nothing is said: $(cat err)"
report alone >page 2>err
same "a profile without children" page out
rm alone.hpm alone.hpd
status 2 "$heapprof_report" --merge alone.hpc
grep -q 'needs the logs' err || fail "a digest alone: $(cat err)"
