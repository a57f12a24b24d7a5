#!/bin/sh
# SPDX-License-Identifier: MIT
# What ms_print shows of the heap at each snapshot, and of who held it, is what
# our reports say.
. "$(dirname "$0")/lib.sh"
need ms_print
. "$here/export.sh"

# compare BASE TOLERANCE
compare()
{
	run "$heapprof_digest" -q --precision=0 --interval=10ms "$1" ||
		fail "digesting $1"
	export_to out.massif "$1"
	run ms_print out.massif >printed.txt 2>err || fail "$(cat err)"
	[ ! -s err ] || fail "ms_print: $(cat err)"
	python3 "$here/massif.py" moments printed.txt >moments ||
		fail "ms_print: no snapshots"
	while read -r at; do
		report -q --view=top --by=line --format=json -n 1000000 \
			--at="$at" "$1" >"top-$at.json" 2>err ||
			fail "$(cat err)"
	done <moments
	python3 "$here/massif.py" compare printed.txt "$2" ||
		fail "$1: see above"
}

export_record exact -s all
compare exact 0
grep -q '^Command: *ld -r -o linked.o ' printed.txt &&
	grep -q '^Massif arguments: .*; sampled *every allocation; ' printed.txt &&
	grep -q '; lost *nothing;' printed.txt ||
	fail "the header: $(head -5 printed.txt)"

export_record sampled --seed=1
compare sampled 0.5
grep -q '^Massif arguments: .* 1 in 10,000 below 128 B' printed.txt ||
	fail "the header: $(head -5 printed.txt)"

status 2 "$heapprof_report" --format=massif --at=end exact
grep -q 'massif has no use for --at' err || fail "$(cat err)"
