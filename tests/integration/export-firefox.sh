#!/bin/sh
# SPDX-License-Identifier: MIT
# The Firefox Profiler has our figures for every function: what it allocated,
# what of that was freed, and what was retained, at the end and within a range.
. "$(dirname "$0")/lib.sh"
need node
profiler=$builddir/web/test/node_modules/.bin/profiler-cli
[ -x "$profiler" ] || skip "profiler-cli is not installed: ./bootstrap check"
. "$here/export.sh"

# It has a daemon.
stop_profiler()
{
	run "$profiler" stop --all >/dev/null 2>&1
}
at_exit=stop_profiler

profiler()
{
	run "$profiler" "$@" >out 2>err || fail "profiler-cli $*: $(cat out err)"
}

# load FILE.  The daemon has half a second to start, which is not always enough.
load()
{
	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		run "$profiler" load "$1" >out 2>err && return
		slow=$(sed -n 's/.*still be running as pid \([0-9]*\)\..*/\1/p' err)
		[ -n "$slow" ] || break
		kill "$slow"
		sleep $attempt
	done
	fail "profiler-cli load $1: $(cat out err)"
}

# compare STRATEGY TABLE TOLERANCE
compare()
{
	profiler strategy "$1"
	profiler thread functions --json --limit 0
	mv out functions.json
	python3 "$here/firefox.py" functions.json "$2" "$3" ||
		fail "$1, see above"
}

# top FILE BASE OPTION...
top()
{
	top_file=$1 top_base=$2
	shift 2
	report -q --view=top --format=json -n 1000000 "$@" "$top_base" \
		>"$top_file" 2>err || fail "$(cat err)"
}

export_record exact -s all
run "$heapprof_digest" -q --precision=0 --interval=50ms exact ||
	fail "digesting exact"
export_to exact.firefox.json exact
load exact.firefox.json
top allocated.json exact --metric=allocated
top freed.json exact --metric=freed
top end.json exact --at=end
compare native-allocations allocated.json 0
compare native-deallocations-memory freed.json 0
compare native-retained-allocations end.json 0

# The peak of the track.
json_report exact exact.json
profiler counter list --json
expect "the peak" "$(json exact.json 'd["peak"]["bytes"]["value"]')" \
	"$(json out 'd["counters"][0]["stats"][0]["value"]')"
# Up to a moment, what was retained is what was live then.
top moment.json exact --at=50ms
profiler zoom push 0,0.05
compare native-retained-allocations moment.json 0

profiler profile info
grep -q '^Name: ld -r -o linked.o ' out || fail "the name: $(cat out)"
profiler stop --all
json exact.firefox.json \
	'[(e["label"], e["value"]) for e in d["meta"]["extra"][0]["entries"]]' \
	>about
grep -q "('sampled', 'every allocation')" about &&
	grep -q "('lost', 'nothing')" about || fail "about: $(cat about)"

# Estimates, and snapshots where there is no log.
export_record sampled --seed=1
export_to sampled.firefox.json sampled
top allocated.json sampled --metric=allocated
top end.json sampled --at=end
load sampled.firefox.json
compare native-allocations allocated.json 0.001
compare native-retained-allocations end.json 0.001
profiler stop --all
export_to alone.firefox.json exact.hpc
load alone.firefox.json
top allocated.json exact --metric=allocated
compare native-allocations allocated.json 0
json alone.firefox.json 'd["meta"]["extra"]' | grep -q 'retained' ||
	fail "that nothing is known to be retained is not said"
