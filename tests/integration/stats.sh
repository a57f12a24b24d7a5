#!/bin/sh
# SPDX-License-Identifier: MIT
# heapprof-stats: its numbers are the program's own, its table has the promised
# form and goes where it should, and what it suggests keeps what it promises.

. "$(dirname "$0")/lib.sh"
need python3
stats=$builddir/heapprof-stats
sizes=$programs/sizes

# --- the numbers --------------------------------------------------------------
# The program prints rows "class count bytes", then what is live at its peak and
# at its end.
run "$stats" -o table "$sizes" >truth 2>err || fail "status $?: $(cat err)"
[ -s err ] && fail "with -o there is something on stderr: $(cat err)"
python3 - table truth <<'EOF' || fail "see above: $(cat table)"
import re, sys
lines = open(sys.argv[1]).read().split("\n")
truth = [list(map(int, l.split())) for l in open(sys.argv[2])]
assert lines[0] == "-" * 68, lines[0]
assert lines[1] == "HEAP USAGE SUMMARY"
assert lines[2].split() == ["Size", "Count", "Bytes"]
rows, all_ = {}, None
for line in lines[3:]:
    assert len(line) <= 80, line
    m = re.fullmatch(r" *(\d+) - (\d+) +(\d+) +(\d+)", line)
    if m:
        low, high, count, size = map(int, m.groups())
        assert high == max(2 * low - 1, 0), line
        rows[low] = (count, size)
    elif line.split()[:1] == ["all"]:
        all_ = tuple(map(int, line.split()[1:]))
        break
assert all_ == tuple(map(sum, zip(*rows.values()))), all_
# Others, such as the loader and stdio, allocate a little too.
own = {low: (n, size) for low, n, size in truth[:-1]}
for low, (n, size) in own.items():
    got = rows.get(low, (0, 0))
    assert 0 <= got[0] - n <= 40, (low, got, n)
    assert 0 <= got[1] - size <= 40 * max(2 * low, 1), (low, got, size)
extra = sum(n for low, (n, _) in rows.items()) - sum(n for n, _ in own.values())
assert 0 <= extra <= 100, extra
peak, end, blocks = truth[-1]
rest = "\n".join(lines)
unit = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
m = re.search(r"Peak: ([\d.]+) (\w+) live\.  Never freed: ([\d.]+) (\w+) in "
              r"(\d+) blocks\.", rest)
got = float(m[1]) * unit[m[2]], float(m[3]) * unit[m[4]], int(m[5])
# The allocator rounds up by 16 bytes at most; the rest are others.
assert peak * 0.999 <= got[0] <= peak * 1.03 + 100000, (got, peak)
assert end * 0.999 <= got[1] <= end * 1.03 + 100000, (got, end)
assert blocks <= got[2] <= blocks + 100, (got, blocks)
assert "\nSuggested: heapprof-run --sample=all\n" in rest
assert "every figure is exact.\n" in rest
EOF

# Of a real program, they are those of the counter behind us.
if command -v perl >/dev/null; then
	COUNTER_OUTPUT=$PWD/counts COUNTER_PROGRAM=$(basename "$(exe perl)") \
		PERL_HASH_SEED=0 LD_PRELOAD=$programs/.libs/libcounter.so \
		run "$stats" -o table perl "$workloads/text.pl" >out 2>err ||
		fail "perl: status $?: $(cat err)"
	python3 - table counts <<'EOF' || fail "perl: $(cat table)"
import re, struct, sys
table = open(sys.argv[1]).read()
theirs = struct.unpack("=8Q", open(sys.argv[2], "rb").read())
allocations, size, _, live_blocks = theirs[:4]
ours = tuple(map(int, re.search(r"^ *all +(\d+) +(\d+)$", table, re.M).groups()))
assert ours == (allocations, size), (ours, theirs)
blocks = int(re.search(r" in (\d+) blocks\.", table)[1])
assert blocks == live_blocks, (blocks, theirs)
EOF
fi

# --- where it goes ------------------------------------------------------------
"$stats" "$sizes" >out 2>err || fail "status $?"
cmp -s out truth || fail "the program's output is another: $(cat out)"
[ "$(grep -c 'HEAP USAGE SUMMARY' err)" -eq 1 ] || fail "stderr: $(cat err)"
"$stats" -o - "$sizes" >out 2>err
grep -q 'HEAP USAGE' err || fail "-o - is not standard error"
# A forked child is silent, what is executed is not counted; a shell ends by
# _exit().
"$stats" sh -c "($sizes >out; :); exec 3>&1; $sizes >out; (exit 3)" 2>err
[ $? -eq 3 ] || fail "the status is not passed on"
[ "$(grep -c 'HEAP USAGE SUMMARY' err)" -eq 1 ] ||
	fail "not one table of a shell: $(cat err)"
[ "$(sed -n 's/^ *all *\([0-9]*\) .*/\1/p' err)" -lt 5000 ] ||
	fail "what a shell executed was counted: $(cat err)"
"$stats" perl -e 'if (!fork) { exit 0 } wait; vfork if 0; exit 5' 2>err
[ $? -eq 5 ] || fail "the status is not passed on"
[ "$(grep -c 'HEAP USAGE SUMMARY' err)" -eq 1 ] || fail "fork: $(cat err)"
"$stats" sh -c 'cd /; exit' -o table 2>err || fail "status $?"
(cd / && "$stats" -o "$tmp/elsewhere" sh -c 'cd /; exit') || fail "status $?"
[ -s elsewhere ] || fail "no table in $tmp"
[ -e hprof.hpm ] && fail "there is a profile"

# --- the suggestion -----------------------------------------------------------
# peak BASE: bytes at the peak
peak()
{
	report --format=json "$1" 2>/dev/null | python3 -c 'import json, sys
print(json.load(sys.stdin)["peak"]["bytes"]["value"])'
}

# keeps_promise PROGRAM ARG...: in five of six runs the peak is within 1.5
# times the error that was promised, and on average it is not off.
keeps_promise()
{
	run "$stats" -o table "$@" >/dev/null 2>&1 || fail "$*: status $?"
	spec=$(sed -n 's/^Suggested: heapprof-run --sample=//p' table)
	error=$(sed -n 's/.*comes out within \([0-9.]*\)%.*/\1/p' table)
	[ -n "$error" ] || fail "$*: nothing to sample: $(tail -3 table)"
	run "$heapprof_run" -q -s all -o all "$@" >/dev/null 2>&1
	peak all >peaks
	for seed in 1 2 3 4 5 6; do
		run "$heapprof_run" -q --seed=$seed -s "$spec" -o some "$@" >/dev/null 2>&1
		peak some >>peaks
	done
	python3 - "$error" peaks <<'EOF' || fail "$*: --sample=$spec"
import sys
error = float(sys.argv[1]) / 100
true, *got = [float(l) for l in open(sys.argv[2])]
off = [g / true - 1 for g in got]
good = sum(abs(o) <= 1.5 * error for o in off)
print("promised %.2g%%, off by" % (error * 100),
      " ".join("%+.2f%%" % (o * 100) for o in off))
assert len(got) == 6 and good >= 5
assert abs(sum(off) / 6) <= error
EOF
}

keeps_promise "$sizes" 1000000
export PERL_HASH_SEED=0 PYTHONMALLOC=malloc PYTHONHASHSEED=0
command -v perl >/dev/null && keeps_promise perl "$workloads/text.pl"
command -v sqlite3 >/dev/null &&
	keeps_promise sqlite3 :memory: ".read $workloads/sqlite.sql"
if command -v xsltproc >/dev/null && command -v perl >/dev/null; then
	perl "$workloads/items.pl" >items.xml || fail "items.pl"
	keeps_promise xsltproc "$workloads/items.xsl" items.xml
fi
keeps_promise "$(python3 -c 'import sys; print(sys.executable)')" -s -S \
	"$workloads/documents.py"
