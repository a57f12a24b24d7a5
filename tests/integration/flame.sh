#!/bin/sh
# SPDX-License-Identifier: MIT
# Stacks for flamegraph.pl, difffolded.pl and speedscope: lines as these take
# them, and the figures of our tables.
. "$(dirname "$0")/lib.sh"
. "$here/export.sh"

check()
{
	python3 "$here/flame.py" "$@" || fail "$*: see above"
}

export_record exact -s all
export_tops exact peak
export_tops exact begin --at=0.1
export_to exact.folded exact
check collapsed exact.folded peak.live.json 0
export_to inverted.folded exact --inverted
check roots inverted.folded peak.live.json 0
export_to difference.folded exact --compare=0.1,peak
check difference difference.folded begin.live.json peak.live.json
export_to exact.speedscope.json exact
check speedscope exact.speedscope.json peak 0

export_record sampled --seed=1
export_tops sampled estimates
export_to sampled.collapsed sampled --metric=allocated
check collapsed sampled.collapsed estimates.allocated.json 0.001
export_to sampled.speedscope.json sampled
check speedscope sampled.speedscope.json estimates 0.001
exit 0
