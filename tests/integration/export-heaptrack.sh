#!/bin/sh
# SPDX-License-Identifier: MIT
# heaptrack_print replays what we write, and comes to our figures for every
# function: allocations, the peak, and what is left at the end.
. "$(dirname "$0")/lib.sh"
need heaptrack_print
. "$here/export.sh"

# replay FILE COST: stacks.txt; the reader tells of each line it cannot use
replay()
{
	run heaptrack_print -f "$1" -F stacks.txt \
		--flamegraph-cost-type "$2" >printed.txt 2>err ||
		fail "heaptrack_print $1: $(cat err)"
	grep -v -e '^reading file' -e '^Debuggee command' -e '^finished' \
		-e '^$' err >complaints
	[ ! -s complaints ] || fail "heaptrack_print: $(cat complaints)"
}

# compare FILE COST TABLE TOLERANCE
compare()
{
	replay "$1" "$2"
	python3 "$here/heaptrack.py" stacks.txt "$3" "$4" ||
		fail "$1: $2, see above"
}

export_record exact -s all
export_tops exact peak
export_tops exact end --at=end
export_to exact.heaptrack exact
compare exact.heaptrack allocations peak.count.json 0
compare exact.heaptrack peak peak.live.json 0
compare exact.heaptrack leaked end.live.json 0
json_report exact exact.json
expect "allocations" "$(json exact.json 'd["events"]["seen"]')" \
	"$(sed -n 's/^calls to allocation functions: \([0-9]*\) .*/\1/p' printed.txt)"
grep -q '^# sampled   every allocation$' exact.heaptrack &&
	grep -q '^# lost      nothing$' exact.heaptrack ||
	fail "the header: $(head exact.heaptrack)"

# From snapshots the bytes are right, and it says that the counts are not.
export_to alone.heaptrack exact.hpc
compare alone.heaptrack peak peak.live.json 0
compare alone.heaptrack leaked end.live.json 0
head -2 alone.heaptrack | grep -q 'counts are not right' ||
	fail "the command: $(head -2 alone.heaptrack)"

# A part of the run begins with what is live then.
export_to part.heaptrack exact --from=20ms
compare part.heaptrack leaked end.live.json 0
compare part.heaptrack peak peak.live.json 0

# Each recorded block has the bytes that it stands for, rounded.
export_record sampled --seed=1
export_tops sampled peak
export_tops sampled end --at=end
export_to sampled.heaptrack sampled
compare sampled.heaptrack peak peak.live.json 0.001
compare sampled.heaptrack leaked end.live.json 0.001
head -2 sampled.heaptrack | grep -q 'sampled: counts are of recorded ones' ||
	fail "the command: $(head -2 sampled.heaptrack)"

status 2 "$heapprof_report" --format=heaptrack --at=end exact
grep -q 'heaptrack has no use for --at' err || fail "$(cat err)"
