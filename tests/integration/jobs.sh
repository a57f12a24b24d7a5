#!/bin/sh
# SPDX-License-Identifier: MIT
# The digest is the same however many look up symbols at a time, and a look-up
# that fails costs the names of its module alone.
. "$(dirname "$0")/lib.sh"
need python3

record base -q -s all -- "$programs/loading" "$programs/.libs" >/dev/null ||
	fail "loading"
python=$(python3 -c 'import sys; print(sys.executable)')
record python -q -- "$python" -c 'import json, ssl, decimal' || fail "python3"

for base in base python; do
	status 0 "$heapprof_digest" -o default.hpc $base
	for jobs in 1 2 8; do
		status 0 "$heapprof_digest" -j $jobs -o $jobs.hpc $base
		same "$base, -j $jobs" default.hpc $jobs.hpc
		[ ! -s err ] || fail "$base, -j $jobs: $(cat err)"
	done
done

held='[r["cumulative"]["value"] for r in d["rows"] if r["function"] == "%s"]'

# named LETTER WANTED: bytes of the function in that library, if it has a name
named()
{
	expect "function of loaded-$1" "$2" \
		"$(json top.json "$(printf "$held" "loaded_$1_allocate")")"
}

# breaks HOW WHAT: what is said when the look-up in loaded-a.so does that
breaks()
{
	for jobs in 1 2; do
		status 0 env LD_PRELOAD="$programs/.libs/breaking.so" \
			BREAK_HOW="$1" BREAK_FILE=/loaded-a.so \
			"$heapprof_digest" -j $jobs base
		expect "lines" 1 "$(grep -c . err)"
		grep -q "^heapprof-digest: .*/loaded-a\.so: .*$2.*unknown" err ||
			fail "$1: $(cat err)"
		status 0 "$heapprof_report" --view=top --by=function \
			--at=end --format=json -n 1000 base
		mv out top.json
		named a '[]'
		named b '[1111110]'
	done
}

breaks crash 'signal 11'
breaks exit 'status 7'
