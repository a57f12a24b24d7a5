#!/bin/sh
# SPDX-License-Identifier: MIT
# callgrind_annotate's figures for each function, its own and inclusive ones,
# are those of our table.
. "$(dirname "$0")/lib.sh"
need callgrind_annotate
. "$here/export.sh"

# compare BASE TOLERANCE [OPTION...]
compare()
{
	compare_base=$1 compare_tolerance=$2
	shift 2
	export_tops "$compare_base" top "$@"
	export_to callgrind.out.1 "$compare_base" "$@"
	for inclusive in no yes; do
		run callgrind_annotate --auto=no --threshold=100 \
			--inclusive=$inclusive callgrind.out.1 \
			>printed-$inclusive.txt 2>err || fail "$(cat err)"
		[ ! -s err ] || fail "callgrind_annotate: $(cat err)"
	done
	python3 "$here/callgrind.py" printed-no.txt printed-yes.txt top \
		"$compare_tolerance" || fail "$compare_base $*: see above"
}

export_record exact -s all
compare exact 0
grep -q '^sampled   every allocation$' printed-no.txt &&
	grep -q '^lost      nothing$' printed-no.txt &&
	grep -q '^in use    .*, the peak$' printed-no.txt &&
	grep -q '^Profiled target:  ld -r -o linked.o ' printed-no.txt ||
	fail "the header: $(head -20 printed-no.txt)"
compare exact 0 --at=50ms
compare exact 0 --at=end --from=20ms

export_record sampled --seed=1
compare sampled 0.001
