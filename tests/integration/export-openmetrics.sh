#!/bin/sh
# SPDX-License-Identifier: MIT
# Prometheus loads the heap over time, and has then what our time view has.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:$builddir/tools/usr/bin
need promtool
. "$here/export.sh"

# load FILE: dump, of the blocks that promtool makes of it
load()
{
	rm -rf blocks
	run promtool tsdb create-blocks-from openmetrics "$1" blocks \
		>promtool.log 2>&1 || fail "promtool: $(cat promtool.log)"
	mkdir -p blocks/wal # which a database has
	run promtool tsdb dump blocks >dump 2>err || fail "$(cat err)"
}

# compare BASE TOLERANCE
compare()
{
	export_to "$1.om" "$1"
	load "$1.om"
	report -q --view=time --format=json "$1" >"$1.time.json" 2>err ||
		fail "$(cat err)"
	python3 "$here/openmetrics.py" dump "$1.time.json" "$2" >count ||
		fail "$1: $(cat count)"
}

export_record exact -s all
compare exact 0
json_report exact exact.json
expect "allocations" "$(json exact.json 'd["events"]["seen"]')" "$(cat count)"
grep 'heapprof_profile_info' dump |
	grep 'command="ld -r -o linked.o ' |
	grep 'sampled   every allocation' | grep -q 'lost      nothing' ||
	fail "what ran: $(grep profile_info dump)"

export_record sampled --seed=1
compare sampled 0.5

# Stacks that are left out are in no figure.
export_to part.om exact --view=time --ignore=bfd_hash_table_init_n
load part.om
report -q --view=top --format=json -n 1000000 --at=end \
	--ignore=bfd_hash_table_init_n exact >part.json 2>err || fail "$(cat err)"
python3 - dump part.json <<-'END' || fail "--ignore: see above"
	import json, re, sys
	live = [float(line.split()[-2]) for line in open(sys.argv[1])
	        if '"heapprof_live_bytes"' in line]
	rows = json.load(open(sys.argv[2]))["rows"]
	wanted = sum(row["self"]["value"] for row in rows)
	print(live[-1], wanted)
	sys.exit(live[-1] != wanted)
END
