#!/bin/sh
# SPDX-License-Identifier: MIT
# The same totals, to the byte, as dhat, massif and heaptrack find in real
# programs.
#
# What differs, and why:
#  - The environment.  valgrind gives the program LD_PRELOAD, LD_LIBRARY_PATH,
#    GLIBCPP_FORCE_NEW, GLIBCXX_FORCE_NEW and PWD, and perl copies each variable
#    into blocks of its own: six variables are 10 blocks.  So the program under
#    us gets the environment that it has under the other.  heaptrack and we take
#    our own variables out of it.  Its were the first ones, and the gap makes
#    perl do without a copy of the environment, which it makes where that stands
#    right behind the arguments: a block for each variable and one for n + 2
#    pointers, until the end.
#  - The end.  valgrind calls __libc_freeres() after the program, which frees
#    what libc keeps (in sqlite3 8,937 bytes); it is told not to.
#  - libstdc++.  heaptrack brings it along, and it allocates a reserve for
#    exceptions as it starts: one block of 72,704 bytes, freed before heaptrack
#    counts what is left.
#  - Addresses.  A program that makes text of them (generate-id() of xsltproc)
#    allocates something else at each run; these two do not.
#  - massif keeps the peak within 1% unless --peak-inaccuracy=0, and knows no
#    totals.  It looks for a peak where a block is freed, so it misses one that
#    a realloc makes and another undoes.  sqlite3 has such a one: a column of
#    32 bytes, after one of 24 and before a shorter one.  So massif may be below
#    us, by no more than such a block; never above.
. "$(dirname "$0")/lib.sh"
need valgrind sqlite3 perl python3

reserve=72704
summary_of='(d["allocated"]["bytes"]["value"], d["allocated"]["count"]["value"],
	d["peak"]["bytes"]["value"], d["peak"]["count"]["value"],
	d["end"]["bytes"]["value"], d["end"]["count"]["value"])'

plain()
{
	env -i PATH="$PATH" LC_ALL=C PERL_HASH_SEED=0 "$@"
}

# under COMMAND...: the environment of a program under it, in `vars`
under()
{
	plain "$@" env >vars 2>vars.err </dev/null
	grep -q '^PATH=' vars || fail "$1: $(cat vars.err)"
	# without what heaptrack says; the last one first
	grep '^[A-Z_]*=' vars | tac >vars.tac
	mv vars.tac vars
}

# ours PROGRAM...: with the environment in `vars`; base.json
ours()
{
	(
		set -- "$heapprof_run" -q -o base -s all -- "$@"
		while IFS= read -r var; do
			set -- "$var" "$@"
		done <vars
		exec timeout -k 5 "$time_limit" env -i "$@"
	) >ours.out 2>ours.err </dev/null ||
		fail "$*: $(cat ours.err)"
	summary base
	# what was counted is what the stacks add up to
	expect "$1: bytes" "$(json base.json 'd["allocated"]["bytes"]')" \
		"$(json base.allocated.json 'd["total"]')"
	expect "$1: blocks" "$(json base.json 'd["allocated"]["count"]')" \
		"$(json base.count.json 'd["total"]')"
}

# under_valgrind TOOL [OPTION...] -- PROGRAM...
under_valgrind()
{
	tool=$1
	shift
	run env -i PATH="$PATH" LC_ALL=C PERL_HASH_SEED=0 valgrind \
		--run-libc-freeres=no --run-cxx-freeres=no --tool="$tool" \
		"$@" >theirs.out 2>theirs.err </dev/null ||
		fail "$tool: $(cat theirs.err)"
	same "output under $tool" ours.out theirs.out
}

compare_with_dhat()
{
	under valgrind --tool=dhat --dhat-out-file=/dev/null
	ours "$@"
	under_valgrind dhat --dhat-out-file=/dev/null "$@"
	# "Total: 67,055 bytes in 806 blocks", at the peak, at the end
	theirs=$(tr -d , <theirs.err |
		sed -n 's/.* \([0-9]*\) bytes in \([0-9]*\) blocks/\1, \2/p' |
		paste -sd' ' | sed 's/ \([0-9]*,\) / \1 /g; s/\([0-9]\) /\1, /g')
	expect "$1: dhat's total, peak and end" "($theirs)" \
		"$(json base.json "$summary_of")"
}

compare_with_massif()
{
	under valgrind --tool=massif --massif-out-file=/dev/null
	ours "$@"
	under_valgrind massif --massif-out-file=massif --peak-inaccuracy=0 "$@"
	theirs=$(grep -B3 '^heap_tree=peak' massif |
		sed -n 's/^mem_heap_B=//p' | sort -n | tail -1)
	missed=$(json base.json "d['peak']['bytes']['value'] - ${theirs:-0}")
	[ "$missed" -ge 0 ] && [ "$missed" -le 32 ] ||
		fail "$1: massif's peak is $theirs, $missed below ours"
}

# heaptracks COST: the sum over all stacks
heaptracks()
{
	heaptrack_print -f "$(ls heaptrack.out.*)" -F stacks \
		--disable-builtin-suppressions --disable-embedded-suppressions \
		--flamegraph-cost-type "$1" >print.out 2>&1 ||
		fail "$(cat print.out)"
	awk '{ sum += $NF } END { printf "%d\n", sum }' stacks
}

# copied PROGRAM: blocks and bytes of the environment that it copies
copied()
{
	case $1 in
	perl) awk '{ n++; bytes += length($0) + 1 }
		END { print n + 1, bytes + 8 * (n + 2) }' vars ;;
	*) echo 0 0 ;;
	esac
}

compare_with_heaptrack()
{
	under heaptrack -o heaptrack.env
	ours "$@"
	rm -f heaptrack.out.*
	run env -i PATH="$PATH" LC_ALL=C PERL_HASH_SEED=0 \
		heaptrack -o heaptrack.out "$@" >theirs.out 2>theirs.err \
		</dev/null || fail "heaptrack: $(cat theirs.err)"
	[ "$(heaptracks allocations)" -gt 1000 ] || fail "heaptrack saw nothing"
	copied=$(copied "$1")
	expect "$1: heaptrack's allocations" \
		"$(($(heaptracks allocations) - 1 + ${copied% *}))" \
		"$(json base.json 'd["allocated"]["count"]["value"]')"
	expect "$1: heaptrack's peak" \
		"$(($(heaptracks peak) - reserve + ${copied#* }))" \
		"$(json base.json 'd["peak"]["bytes"]["value"]')"
	expect "$1: what heaptrack calls leaked" "$(heaptracks leaked)" \
		"$(json base.json 'd["end"]["bytes"]["value"]')"
}

# Smaller than the workloads: valgrind takes fifty times as long.  And with
# numbers that are exact: its long double has 64 bits, so that others print
# otherwise.
sed 's/80000/20000/; s/0\.37/0.5/' "$workloads/sqlite.sql" >sqlite.sql
sed 's/80000/15000/' "$workloads/text.pl" >text.pl
for tool in dhat massif heaptrack; do
	if [ $tool = heaptrack ] && ! command -v heaptrack >/dev/null; then
		echo "heaptrack is not installed: not compared with it"
		continue
	fi
	compare_with_$tool sqlite3 :memory: '.read sqlite.sql'
	compare_with_$tool perl text.pl
done
