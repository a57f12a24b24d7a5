#!/bin/sh
# SPDX-License-Identifier: MIT
# Profiles that the Python heapprof 1.0 wrote, through the tools.

. "$(dirname "$0")/lib.sh"

golden=$here/../golden/v1-good

copy()
{
	rm -f g.*
	for suffix; do
		cp "$golden.$suffix" "g.$suffix" || exit 1
		chmod u+w "g.$suffix"
	done
}

# expect STATUS WORDS COMMAND...: what it says on stderr; its output is in `out`
expect()
{
	want=$1 words=$2
	shift 2
	run "$@" >out 2>err
	status=$?
	[ "$status" -eq "$want" ] || fail "$*: status $status: $(cat err)"
	[ -z "$words" ] || grep -qF -e "$words" err ||
		fail "$*: said $(cat err)"
}

# has WORDS...: lines of `out`
has()
{
	for words; do
		grep -qF -e "$words" out || fail "no '$words' in: $(cat out)"
	done
}

copy hpm hpd
expect 0 "" "$heapprof_digest" -q g
expect 0 "" "$heapprof_report" g
has "(Python heapprof 1.0 profile)" \
	"ran       2.35 s from 2017-07-14 02:40:00 UTC" \
	"recorded  4 allocations and 2 frees" "main.py:9"
grep -e "pid" -e "0x" out && fail "what is not in the file is shown"
[ "$(grep -c "main.py:9" out)" -gt 1 ] || fail "lines are not rows of their own"

# Another scale makes another digest, and that one stays.
expect 0 "the digest is stale; making it" "$heapprof_report" \
	--v1-scale=linux --view=top --at=end --format=json g
has '"rates": []' '"seen": 0, "recorded": 4, "freed": 2, "lost": 0' \
	'"total": {"value": 264, "error": 0}' \
	'"function": null, "file": "inner.py", "line": 7' \
	'"function": null, "file": "main.py", "line": 9'
expect 0 "" "$heapprof_report" -q --view=top --at=end --format=json g
has '"total": {"value": 264, "error": 0}'
expect 0 "" "$heapprof_report" --view=events --v1-scale=linux g
has "2.350100"
grep -q "x10" out && fail "events are scaled: $(cat out)"
expect 0 "" "$heapprof_report" --view=events --v1-scale=declared g
has "x10000"

# Its own digest is no use, but tells where the log is.
copy hpm hpd hpc
expect 0 "g.hpc: the digest is stale; making it" "$heapprof_report" g.hpc
has "recorded  4 allocations and 2 frees"
copy hpm hpd hpc
expect 0 "g.hpc: the digest is stale; making it" "$heapprof_report" g
copy hpc
expect 1 "g.hpc: a version 1 digest" "$heapprof_report" g.hpc
expect 1 "g.hpc: a version 1 digest" "$heapprof_report" g

# Cut within the last event.
copy hpm hpd
head -c 50 "$golden.hpd" >g.hpd
expect 3 "g.hpd: cut at offset 50" "$heapprof_digest" g
expect 3 "1 events were lost" "$heapprof_report" g
has "recorded  3 allocations and 2 frees"
