#!/bin/sh
# SPDX-License-Identifier: MIT
# Every view as JSON and as CSV: other programs read them, and find in both the
# figures of the summary.
. "$(dirname "$0")/lib.sh"
need sqlite3
. "$here/export.sh"

# ask FILE.csv QUERY: what a database makes of it, as the table t
ask()
{
	run sqlite3 :memory: ".import --csv '$1' t" "$2" 2>err ||
		fail "$1: $(cat err)"
	[ ! -s err ] || fail "$1: $(cat err)"
}

# view NAME [OPTION...]: NAME.json and NAME.csv
view()
{
	view_name=$1
	shift
	for format in json csv; do
		report -q --view="$view_name" --format=$format "$@" exact \
			>"$view_name.$format" 2>err ||
			fail "$view_name as $format: $(cat err)"
	done
	json "$view_name.json" 'd["schema"], d["view"]' >schema
	expect "schema" "('heapprof/1', '$view_name')" "$(cat schema)"
}

export_record exact -s all
view summary -n 1000000
peak=$(json summary.json 'd["peak"]["bytes"]["value"]')
end=$(json summary.json 'd["end"]["bytes"]["value"]')
seen=$(json summary.json 'd["events"]["seen"]')
freed=$(json summary.json 'd["events"]["freed"]')
bytes=$(json summary.json 'd["allocated"]["bytes"]["value"]')

expect "tables of the summary" "allocated $bytes
end $end
peak $peak" "$(ask summary.csv "SELECT \"table\" || ' ' || sum(self) FROM t
	GROUP BY \"table\" ORDER BY \"table\"")"

view top -n 1000000
expect "top" "$peak" "$(ask top.csv 'SELECT sum(self) FROM t')"
expect "top as JSON" "$peak" \
	"$(json top.json 'sum(r["self"]["value"] for r in d["rows"])')"

view leaks -n 1000000
expect "leaks" "$end" "$(ask leaks.csv 'SELECT sum(self) FROM t')"
expect "what grows" "$(json leaks.json \
	'sum(r["self"]["value"] > 0 for r in d["growing"]["rows"])')" \
	"$(ask leaks.csv 'SELECT count(*) FROM t WHERE growing = 1')"

# Each row has what its callees have, and what it did itself.
view tree
expect "the roots" "$peak" \
	"$(ask tree.csv "SELECT sum(cumulative) FROM t WHERE caller = ''")"
expect "the roots as JSON" "$peak" "$(json tree.json \
	'sum(r["cumulative"]["value"] for r in d["rows"]
		if r["caller"] is None)')"
expect "callers with less than their callees" 0 "$(ask tree.csv '
	SELECT count(*) FROM t AS a WHERE cumulative + 0 < (
		SELECT sum(cumulative) FROM t AS b WHERE b.caller = a.row)')"
expect "rows of the tree" "$(json tree.json 'len(d["rows"])')" \
	"$(ask tree.csv 'SELECT count(*) FROM t')"
expect "main" "$(json top.json '[r["cumulative"]["value"]
	for r in d["rows"] if r["function"] == "main"][0]')" \
	"$(ask tree.csv "SELECT sum(cumulative) FROM t
		WHERE function = 'main'")"

view events
expect "events" "$seen $freed $bytes" "$(ask events.csv "
	SELECT sum(event = 'allocation') || ' ' || sum(event = 'free') ||
		' ' || sum(size * weight * (event = 'allocation')) FROM t" |
		sed 's/\.0$//')"
expect "events as JSON" "$seen $bytes" "$(json events.json '"%d %d" % (
	sum(r["event"] == "allocation" for r in d["rows"]),
	sum(r["size"] for r in d["rows"] if r["event"] == "allocation"))')"
expect "live in the end" "$end" "$(ask events.csv "
	SELECT sum(CASE event WHEN 'free' THEN -size ELSE +size END) FROM t")"

view sizes
expect "sizes" "$bytes" "$(ask sizes.csv "SELECT sum(bytes) FROM t
	WHERE function = 'total' AND \"of\" = 'allocated'")"
view lifetimes
expect "lifetimes" "$freed" "$(ask lifetimes.csv "SELECT sum(count) FROM t
	WHERE function = 'total' AND \"of\" = 'freed'")"
view threads
expect "threads" "$(json threads.json 'len(d["rows"])')" \
	"$(ask threads.csv "SELECT count(*) FROM t WHERE tid != ''")"
view time
expect "time" "$(json time.json 'len(d["times_s"])')" \
	"$(ask time.csv 'SELECT count(*) FROM t')"
view compare --compare=start,end -n 1000000
expect "compare" "$(json compare.json 'len(d["rows"])')" \
	"$(ask compare.csv "SELECT count(*) FROM t WHERE function != 'other'")"

report -q --view=flow --format=json exact >flow.json || fail "flow"
report -q --view=flame --compare=start,peak --format=json exact >flame.json ||
	fail "flame"
: >flow.csv && : >flame.csv # they are no tables

# Each member and each column is in the page.
sed 's/\\-/-/g' "$here/../../man/heapprof-json.5" >page
for name in summary top leaks tree events sizes lifetimes threads time compare flow flame; do
	python3 - "$name.json" <<-'END' || fail "$name.json"
		import json, sys
		def keys(x):
		    if isinstance(x, dict):
		        yield from x
		    for y in x.values() if isinstance(x, dict) else x:
		        if isinstance(y, (dict, list)):
		            yield from keys(y)
		print(*set(keys(json.load(open(sys.argv[1])))), sep="\n")
	END
	head -n 1 "$name.csv" | tr -d '\r' | tr ',' '\n' |
		sed 's/_error$//; s/_[0-9]*$//'
done >names || fail "names of members"
[ "$(sort -u names | wc -l)" -gt 40 ] || fail "there are few members"
sort -u names | while read -r name; do
	grep -qw -e "$name" page || echo "$name"
done >missing
[ ! -s missing ] || fail "heapprof-json.5 lacks $(cat missing)"
