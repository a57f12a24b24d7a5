#!/bin/sh
# SPDX-License-Identifier: MIT
# The flow graph of a real program, as graphviz reads and draws it.
. "$(dirname "$0")/lib.sh"
need dot
. "$here/export.sh"

# check NAME [OPTION...]: DOT, JSON and SVG of exact say the same
check()
{
	name=$1
	shift
	for format in dot json svg; do
		export_to "$name.$format" "${base:-exact}" --view=flow "$@"
	done
	run dot -Tjson "$name.dot" >"$name.dot.json" 2>err || fail "$(cat err)"
	[ ! -s err ] || fail "dot: $(cat err)"
	python3 "$here/flow.py" graph "$name.dot.json" "$name.json" ||
		fail "$name: see above"
	python3 "$here/flow.py" svg "$name.svg" "$name.json" ||
		fail "$name.svg: see above"
}

export_record exact -s all
check plain
check lines --no-collapse --min-node=0.02 --min-edge=0.2
check all --min-node=0 --min-edge=0 --by=function
check focus --focus=bfd_hash_table_init_n --min-node=0 --min-edge=0
check counts --metric=count --by=module --no-scale
check compare --compare=start,0.1,peak,end --min-edge=0.01
[ "$(grep -c 'left out: .* of the total' plain.dot)" -eq 1 ] ||
	fail "not said what is left out"
grep -q 'left out' all.dot && fail "nothing is, but that is said"

check places --min-node=0 --min-edge=0 --by=function --no-collapse
export_tops exact top
python3 "$here/flow.py" top places.json top.live.json || fail "see above"

export_record sampled --seed=1
base=sampled check estimates
base=sampled check changes --base=exact --by=function
grep -q '±' estimates.dot || fail "estimates without errors"

for file in "$here"/../golden/*.dot; do
	run dot -Tsvg "$file" >/dev/null 2>err || fail "$(cat err)"
	[ ! -s err ] || fail "$file: $(cat err)"
done

# Graphviz is missing, fails, stops half way, does not listen.
mkdir bin
ln -s /usr/bin/* /bin/* bin 2>/dev/null
rm -f bin/dot
set -- env PATH="$tmp/bin" "$heapprof_report" -q --view=flow --format=svg exact
status 1 "$@"
grep -q "dot, which is not installed; install graphviz, or give --format=dot" \
	err || fail "$(cat err)"
[ ! -s out ] || fail "it wrote something"
# shellcheck disable=SC2016
for body in 'echo "syntax error" >&2; exit 1' 'echo "<svg>"' 'kill -9 $$' \
	'exit 0'; do
	printf '#!/bin/sh\n%s\n' "$body" >bin/dot
	chmod +x bin/dot
	status 1 "$@"
	[ "$(wc -l <err)" -eq 1 ] && grep -q "dot failed: " err ||
		fail "'$body': $(cat err)"
	[ ! -s out ] || fail "'$body': it wrote something"
done
exit 0
