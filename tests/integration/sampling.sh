#!/bin/sh
# SPDX-License-Identifier: MIT
# What is sampled, and how good the estimates are.
. "$(dirname "$0")/lib.sh"
need python3

# sampled NAME SPEC [OPTION...]
sampled()
{
	name=$1 spec=$2
	shift 2
	record "$name" -s "$spec" "$@" -- "$programs/sampling" >"$name.out" \
		2>"$name.err" || fail "-s $spec: status $?"
	summary "$name"
}

sampled all all
expect_truth all all.out
sampled one 2001:1
expect_truth one one.out

sampled none 2001:0
expect "events recorded at p=0" 0 "$(json none.json 'd["events"]["recorded"]')"
expect "bytes at p=0" 0 "$(json none.allocated.json 'd["total"]["value"]')"
expect "events seen at p=0" 1000000 "$(json none.json 'd["events"]["seen"]')"

# Below 1000 bytes none, the rest all: the sizes are evenly spread.
sampled half 1000:0
python3 - <<'E' || fail "-s 1000:0 is not exact"
import json
d = json.load(open("half.json"))
truth = dict(l.split()[1:] for l in open("half.out") if l[:5] == "truth")
x, want, want_bytes = 88172645463325252, 0, 0
for i in range(1000000):
    x ^= x << 13 & 0xffffffffffffffff
    x ^= x >> 7
    x ^= x << 17 & 0xffffffffffffffff
    size = 1 + x % 2000
    want += size >= 1000
    want_bytes += size if size >= 1000 else 0
count = json.load(open("half.count.json"))["total"]
got = json.load(open("half.allocated.json"))["total"]
print(want, want_bytes, count, got)
assert count == {"value": want, "error": 0}
assert got == {"value": want_bytes, "error": 0}
assert d["allocated"]["count"] == {"value": 1000000, "error": 0}
E

# The same seed, the same choice; another, another.
sampled seed1 4096:0.01 --seed=42
sampled seed2 4096:0.01 --seed=42
sampled seed3 4096:0.01 --seed=43
chosen='d["events"]["recorded"], d["peak"]["bytes"]["value"]'
expect "--seed=42 again" "$(json seed1.json "$chosen")" \
	"$(json seed2.json "$chosen")"
[ "$(json seed1.json "$chosen")" != "$(json seed3.json "$chosen")" ] ||
	fail "--seed=43 is --seed=42"

# Within four standard errors of the truth; the seeds are fixed, so that this
# holds always or never.  And not without error: then nothing was sampled.
estimate()
{
	python3 - "$1" <<'E' || fail "$1: the estimates are off"
import json
import sys
name = sys.argv[1]
d = json.load(open(name + ".json"))
truth = {w[1]: int(w[2]) for w in map(str.split, open(name + ".out"))
         if w[0] == "truth"}
pairs = {"bytes": json.load(open(name + ".allocated.json"))["total"],
         "allocations": json.load(open(name + ".count.json"))["total"],
         "live_bytes": d["end"]["bytes"],
         "live_blocks": d["end"]["count"]}
for key, e in pairs.items():
    sigma = e["error"] / 1.96
    off = (e["value"] - truth[key]) / sigma if sigma else float("inf")
    print(f"{name}: {key} {truth[key]}, estimate {e['value']}, "
          f"{off:+.2f} sigma")
    assert abs(off) < 4
    assert sigma < 0.2 * truth[key]
seen = d["events"]["seen"]
assert seen == truth["allocations"], seen
assert 0 < d["events"]["recorded"] < seen / 2
E
}

sampled p1 4096:0.01 --seed=7
estimate p1
sampled p2 500:0.01,4096:0.1 --seed=8
estimate p2
sampled b1 bytes=64K --seed=9
estimate b1
sampled b2 bytes=8K --seed=10
estimate b2
