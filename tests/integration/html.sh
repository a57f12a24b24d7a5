#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of --format=html in Chromium, on profiles of real programs: what it
# shows is what the reports say, it asks for nothing and has no errors; and the
# same profiles in speedscope, and as SVG.  The tests themselves are in web/test/, in
# JavaScript.
. "$(dirname "$0")/lib.sh"
time_limit=300
web=$(cd "$here/../../web" && pwd)
HEAPPROF_TEST_MODULES=$builddir/web/test/node_modules

need node chromium ld cc objcopy python3
report --format=html nosuch 2>err
grep -q 'was built without' err && skip "the html page is not built: $(cat err)"
for module in playwright-core speedscope; do
	[ -d "$HEAPPROF_TEST_MODULES/$module" ] ||
		skip "$module is missing: make web/test/node_modules/.installed"
done

# The linker: all of its allocations, and a sample of them.
ld_all()
{
	record "$1" -q -s "$2" --seed=1 -- ld -r -o demo.o --whole-archive \
		--no-warnings "$(cc -print-file-name=libc.a)" ||
		fail "ld, sampled $2"
	rm -f demo.o
}
ld_all exact all
ld_all sampled 128:0.01,8K:0.1
run "$heapprof_digest" -q --precision=0.02 sampled || fail "heapprof-digest"

# Names that a page must not take for anything else.
source=$here/../programs/hostile.c
cc -c -DHOSTILE_NAMES -o names.o "$source" || fail "$source: names"
objcopy --redefine-sym hostile_a='</script><img src=x onerror=alert(1)>' \
	--redefine-sym hostile_b='"><svg/onload=alert(2)>' \
	--redefine-sym hostile_c="$(printf 'line\342\200\250x\342\200\256y`${z}')" \
	--redefine-sym hostile_d='<!--DATA--><script>' names.o || fail objcopy
{ echo '#line 1 "<b>&amp;</b>.c"' && cat "$source"; } >main.c
cc -g -c -o main.o main.c || fail "main.c"
objcopy --redefine-sym hostile_a='</script><img src=x onerror=alert(1)>' \
	--redefine-sym hostile_b='"><svg/onload=alert(2)>' \
	--redefine-sym hostile_c="$(printf 'line\342\200\250x\342\200\256y`${z}')" \
	--redefine-sym hostile_d='<!--DATA--><script>' main.o || fail objcopy
cc -o '<i>prog' names.o main.o || fail "linking"
record hostile -q -s all -- ./'<i>prog' '</script><script>alert(3)' ||
	fail "hostile"

# json NAME OPTION...: what the report says, to NAME.json
say()
{
	say_name=$1
	shift
	report --format=json "$@" >"$say_name.json" || fail "heapprof-report $*"
}

# refuses MESSAGE OPTION...
refuses()
{
	refuses_what=$1
	shift
	report --format=html "$@" >out 2>err
	[ $? -eq 2 ] && grep -q "$refuses_what" err && [ ! -s out ] ||
		fail "$*: $(cat err)"
}

for base in exact sampled hostile; do
	report -o $base.html $base || fail "$base.html"
	say $base-summary $base
	for metric in live live-count allocated count freed; do
		for by in function line module; do
			say $base-$metric-$by --view=top --top=100000 \
				--metric=$metric --by=$by $base
		done
	done
	say $base-end --view=top --top=100000 --at=end $base
	[ $base != hostile ] || continue
	report --view=flame -o $base.speedscope.json $base ||
		fail "$base.speedscope.json"
	say $base-early --view=top --top=100000 --at=50ms $base
	say $base-part --view=top --top=100000 --from=50ms --to=100ms \
		--metric=allocated $base
	say $base-elf --view=top --top=100000 --focus=elf $base
done
report -o part.html --from=50ms --to=100ms exact || fail "part.html"
say part-allocated --view=top --top=100000 --from=50ms --to=100ms \
	--metric=allocated exact
# More snapshots than a page has room for.
run "$heapprof_digest" -q --interval=0.0002 -o many.hpc exact ||
	fail "many.hpc"
report -o many.html many.hpc || fail "many.html"
say many-summary many.hpc
say many-live-function --view=top --top=100000 many.hpc
report -o focus.html --focus=elf exact || fail "focus.html"
record nothing -q -s 1G:0 -- true || fail "nothing"
report -o nothing.html nothing || fail "nothing.html"

# Threads, each metric at the instants that are known.
record threads -q -s 128:0.1,8K:0.5 --seed=1 -- "$programs/threading" >/dev/null ||
	fail "threading"
report -o threads.html --view=threads threads || fail "threads.html"
for metric in live live-count allocated count freed; do
	say threads-$metric --view=top --by=thread --top=100000 \
		--metric=$metric threads
done
say threads-end --view=top --by=thread --top=100000 --at=end threads

# Where a page begins is what was asked for.
report --view=flame -o exact.svg exact || fail "exact.svg"
report -o flame.html --view=flame --inverted --compare=50ms,peak exact ||
	fail "flame.html"
say flame --view=compare --top=100000 --compare=50ms,peak exact
report -o line.html --view=flow --metric=allocated exact || fail "line.html"
refuses 'html has no metric rate; it has live' --metric=rate exact
refuses 'html is of one profile; leave out --base' --base=sampled exact
refuses 'format html has no use for --line; leave' --line=a=main exact
refuses 'view threads has no use for --from' --view=threads --from=0 exact
refuses "sizes has no format 'html'; it has text, json, csv" --view=sizes exact

report -o again.html exact || fail "again.html"
same "the same profile, twice" exact.html again.html

HEAPPROF_TEST_DIR=$tmp
export HEAPPROF_TEST_MODULES HEAPPROF_TEST_DIR
run node --test "$web"/test/*.test.mjs >log 2>&1 || {
	cat log
	fail "see above"
}
