#!/bin/sh
# SPDX-License-Identifier: MIT
# pprof's figures for each function are those of our table, for all four kinds,
# at the peak and at other moments, exact or sampled.
. "$(dirname "$0")/lib.sh"
need go
. "$here/export.sh"

export PPROF_TMPDIR="$tmp" GOFLAGS=-mod=mod

pprof()
{
	run go tool pprof "$@" 2>pprof.err || fail "pprof $*: $(cat pprof.err)"
}

# compare_top FILE NAME TOLERANCE: what pprof says of FILE, and NAME.*.json
compare_top()
{
	for pair in inuse_space:live inuse_objects:live-count \
		alloc_space:allocated alloc_objects:count; do
		pprof -top -unit=B -nodecount=0 -nodefraction=0 \
			-sample_index="${pair%:*}" "$1" >top.txt
		python3 "$here/pprof.py" top top.txt "$2.${pair#*:}.json" \
			"$3" || fail "$1: ${pair%:*}, see above"
	done
}

compare_at()
{
	export_tops "$1" "at-$2" --at="$2"
	export_to "$2.pb.gz" "$1" --at="$2"
	compare_top "$2.pb.gz" "at-$2" "$3"
}

export_record exact -s all
compare_at exact peak 0
compare_at exact end 0
compare_at exact 50ms 0
cp peak.pb.gz exact.pb.gz

export_tops exact part --from=20ms --to=end
export_to part.pb.gz exact --from=20ms --to=end
compare_top part.pb.gz part 0

# What it says of itself.
json_report exact exact.json
pprof -comments exact.pb.gz >comments
grep -q '^sampled   every allocation$' comments &&
	grep -q '^lost      nothing$' comments &&
	grep -q '^in use    .*, the peak$' comments &&
	grep -q "^ld -r -o linked.o " comments ||
	fail "comments: $(cat comments)"
pprof -raw exact.pb.gz >raw.txt
python3 "$here/pprof.py" raw raw.txt exact.json "$(readlink -f \
	"$(command -v ld)")" || fail "raw, see above"

# Two moments of one run differ by what our reports do.
pprof -top -unit=B -nodecount=0 -nodefraction=0 -diff_base=50ms.pb.gz \
	end.pb.gz >diff.txt
python3 "$here/pprof.py" diff diff.txt at-50ms.live.json at-end.live.json ||
	fail "the difference, see above"

# Sizes, and one kind of block by its size.
pprof -tags exact.pb.gz >tags.txt
grep -q '^ *bytes: Total' tags.txt || fail "no sizes: $(cat tags.txt)"
export_to sizes.csv exact --view=sizes
pprof -top -unit=B -tagfocus=64kb:128kb exact.pb.gz >big.txt
python3 "$here/pprof.py" size big.txt sizes.csv 65536 ||
	fail "blocks of 64 to 128 KiB, see above"

# Threads, by what they print of themselves.
record threads -q -s all -- "$programs/threading" >truth.txt 2>/dev/null ||
	fail "recording threading"
export_to threads.pb.gz threads --at=end
for thread in worker-0 worker-5; do
	pprof -top -sample_index=alloc_space -unit=B -focus=worker \
		-tagfocus="thread=$thread" threads.pb.gz >thread.txt
	expect "bytes of $thread" "$(sed -n "s/^thread $thread [0-9]* //p" \
		truth.txt)" "$(sed -n 's/^ *\([0-9]*\)B .* worker$/\1/p' thread.txt)"
done

# From a digest alone, the same figures without threads.
export_to alone.pb.gz exact.hpc
compare_top alone.pb.gz at-peak 0
pprof -tags alone.pb.gz >tags.txt
if grep -q 'thread:' tags.txt || ! grep -q 'bytes:' tags.txt; then
	fail "tags of a digest: $(cat tags.txt)"
fi
pprof -comments alone.pb.gz | grep -q '^no threads: ' ||
	fail "that there are no threads is not said"

# Estimates are rounded once for each stack and size.
export_record sampled --seed=1
compare_at sampled peak 0.0005
pprof -comments peak.pb.gz | grep -q '^sampled   1 in 10,000 below' ||
	fail "the comment does not say what was sampled"

# The format says what it has no use for.
status 2 "$heapprof_report" --format=pprof --top=3 exact
grep -q 'pprof has no use for --top' err || fail "$(cat err)"
need script
run script -qec "$heapprof_report --format=pprof exact" /dev/null >out 2>&1
expect "exit status on a terminal" 2 $?
grep -q 'not for a terminal' out || fail "$(head -c 200 out)"
