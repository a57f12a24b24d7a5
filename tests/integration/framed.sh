#!/bin/sh
# SPDX-License-Identifier: MIT
# Each function that allocates sees the whole stack of a caller whose frame only
# rbp tells.
. "$(dirname "$0")/lib.sh"
need python3

record framed -q -s all -- "$programs/framed" || fail "recording framed"
json_report framed tree.json --view=tree --at=end
for how in malloc calloc realloc reallocarray aligned_alloc; do
	expect "the caller of by_$how" main "$(json tree.json \
		"[d['rows'][r['caller']]['function'] for r in d['rows']
			if r['function'] == 'by_$how' and
			r['caller'] is not None][0]")"
done
