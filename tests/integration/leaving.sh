#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that ends by _exit(), without destructors, is not taken for killed.
. "$(dirname "$0")/lib.sh"
need python3

for how in exit _exit _Exit; do
	status 7 "$heapprof_run" -q -o base -s all -- "$programs/leaving" $how
	expect "$how: messages" '' "$(cat err)"
	summary base
	expect "$how: bytes kept" True \
		"$(json base.json 'd["end"]["bytes"]["value"] >= 3000000')"
	expect "$how: still runs" False "$(json base.json 'd["running"]')"
	expect "$how: time of the end" True "$(json base.json \
		'd["duration_s"] >= d["end"]["time_s"] > 0')"
done
