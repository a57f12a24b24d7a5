#!/bin/sh
# SPDX-License-Identifier: MIT
# What changed: between two moments of a run, and between two builds.
. "$(dirname "$0")/lib.sh"
need gcc python3

cat >prog.c <<'E'
#include <stdlib.h>
static void *keep[1000], *drop[1000];
#ifdef PADDING
volatile int sink;
__attribute__((noinline)) void pad(int n)
{
	for (sink = 0; sink < n; sink += 3)
		sink -= n % 2;
}
#endif
__attribute__((noinline)) void hold(void)
{
	for (int i = 0; i < KEPT; i++)
		keep[i] = malloc(1000);
}
__attribute__((noinline)) void borrow(void)
{
	for (int i = 0; i < 300; i++)
		drop[i] = malloc(2000);
}
__attribute__((noinline)) void give_back(void)
{
	for (int i = 0; i < 300; i++)
		free(drop[i]);
}
int main(void)
{
	hold();
	borrow();
	give_back();
	return !keep[0];
}
E
mkdir old new || exit 1
gcc -g -O1 -DKEPT=200 -o old/prog prog.c || fail "not built"
gcc -g -O1 -DKEPT=250 -DPADDING -o new/prog prog.c || fail "not built"
record old/base -q -s all -- old/prog || fail "not recorded"
record new/base -q -s all -- new/prog || fail "not recorded"

# changes WHAT ARGUMENT...: function, change, before and after of each row
changes()
{
	report -q --format=json -o changes.json "$@" || fail "$*"
	json changes.json '"; ".join("%s %d %d %d %s" % (r["function"],
		r["change"]["value"], r["self"][0]["value"],
		r["self"][-1]["value"], r["significant"]) for r in d["rows"])'
}

expect "start to peak" \
	"borrow 600000 0 600000 True; hold 200000 0 200000 True" \
	"$(changes --compare=start,peak old/base)"
expect "peak to end" "borrow -600000 600000 0 True" \
	"$(changes --compare=peak,end old/base)"
expect "blocks" "borrow -300 300 0 True" \
	"$(changes --compare=peak,end --metric=live-count old/base)"
expect "top by size" \
	"borrow -600000 600000 0 True; hold 0 200000 200000 False" \
	"$(changes --view=top --compare=peak,end old/base)"
expect "the total" "-600000 0 [800000, 200000]" "$(json changes.json \
	'"%d %d %s" % (d["total"]["value"], d["total"]["error"],
		[t["value"] for t in d["totals"]])')"
expect "another build" "hold 50000 200000 250000 True" \
	"$(changes --base=old/base new/base)"
expect "the other's process" "$(json changes.json 'd["base"]["program"][0]')" \
	old/prog
expect "another build, the other way" "hold -50000 250000 200000 True" \
	"$(changes --base=new/base --at=end old/base)"
expect "another build's line" "hold 50 200 250 True" \
	"$(changes --base=old/base --by=line --metric=count new/base)"
expect "nothing" "" "$(changes --base=old/base old/base)"

# tree ARGUMENT...: function, its caller, change, before and after of each call
tree()
{
	report -q --view=tree --by=function --format=json "$@" >tree.json ||
		fail "$*"
	json tree.json '"; ".join("%s<%s %d %d %d %s" % (r["function"],
		d["rows"][r["caller"]]["function"], r["change"]["value"],
		r["cumulative"][0]["value"], r["cumulative"][-1]["value"],
		r["significant"]) for r in d["rows"]
		if r["function"] in ("hold", "borrow"))'
}

expect "calls from start to peak" \
	"borrow<main 600000 0 600000 True; hold<main 200000 0 200000 True" \
	"$(tree --compare=start,peak old/base)"
expect "calls from peak to end" \
	"borrow<main -600000 600000 0 True; hold<main 0 200000 200000 False" \
	"$(tree --compare=peak,end old/base)"
expect "calls that came and went" \
	"borrow<main 0 0 0 False; hold<main 200000 0 200000 True" \
	"$(tree --compare=start,peak,end old/base)"
expect "calls in another build" \
	"hold<main 50000 200000 250000 True; borrow<main 0 600000 600000 False" \
	"$(tree --base=old/base new/base)"
expect "the change of all calls" "50000 [800000, 850000] $(json changes.json \
	'd["base"]["pid"]')" "$(json tree.json '"%d %s %d" % (
		d["total"]["value"], [t["value"] for t in d["totals"]],
		d["base"]["pid"])')"
report --view=tree --base=old/base new/base >text 2>err || fail "$(cat err)"
grep -q '^▲ *+25% *+48.8K *195K *244K .*hold' text || fail "no call: $(cat text)"
grep -q '0B *586K *586K .*(1 more)' text || fail "no rest: $(cat text)"
status 2 "$heapprof_report" --view=threads --compare=start,end old/base
grep -q 'for the peak and the end alone' err || fail "$(cat err)"

# Sampled, the error says whether it may be chance.  These seeds are fixed.
gcc -g -O1 -DKEPT=260 -o old/prog prog.c || fail "not built"
for base in old/some new/some; do
	record $base -q -s 4000:0.1 --seed=7 -- ${base%/*}/prog ||
		fail "not recorded"
done
expect "chance" "[False] False" "$(report -q --view=top --base=old/some \
	--focus=hold --format=json new/some >changes.json
	json changes.json '"%s %s" % ([r["significant"] for r in d["rows"]],
		abs(d["rows"][0]["change"]["value"] - -10000) >
		d["rows"][0]["change"]["error"])')"
report --compare=start,peak old/some >text 2>err || fail "$(cat err)"
grep -q '^▲ *new *+.*±.*borrow' text || fail "no mark: $(cat text)"
status 2 "$heapprof_report" --compare=start old/some
status 1 "$heapprof_report" --base=nothing old/some
grep -q 'nothing: no such profile' err || fail "$(cat err)"
