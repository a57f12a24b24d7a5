# SPDX-License-Identifier: MIT
# What is missing is counted: shared by the scripts that make it so; sourced
# after lib.sh.  native.out has the truth.

# accounted BASE LOST: all allocations were seen, and LOST counts those that
# are not recorded, with frees of what was: up to ten
accounted()
{
	python3 - "$1.json" native.out "$2" <<'P' || fail "$1: see above"
import json, sys
events = json.load(open(sys.argv[1]))["events"]
truth = dict(line.split()[1:] for line in open(sys.argv[2])
             if line.startswith("truth"))
lost = int(sys.argv[3]) if sys.argv[3] else events["lost"]
missing = int(truth["allocations"]) - events["recorded"]
print(events, truth, lost)
assert events["seen"] == int(truth["allocations"]), "seen"
assert 0 < missing <= lost <= missing + 10, "lost"
P
}

# later BASE: the events after the end, as the report says
later()
{
	sed -n 's/.*; \([0-9]*\) later events are not there$/\1/p' "$1.err"
}
