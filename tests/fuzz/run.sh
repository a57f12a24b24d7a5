#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the fuzzers that build.sh has made, one after the other: "make fuzz".
#
#   FUZZ_SECONDS=60         for each target
#   FUZZ_TARGETS="hpm hpd"  only these
#
# Corpora grow, and inputs that fail are left, in tests/fuzz/NAME.work of the
# build tree, beside a log.  Those of the source tree are only read.

set -eu
targets=${FUZZ_TARGETS:-hpm hpd hpc v1 answers elf dwarf}
seconds=${FUZZ_SECONDS:-60}
source=$(cd "$(dirname "$0")" && pwd)
out=$PWD/tests/fuzz

# The elfutils may crash on a file, which is why a look-up is in a child: there a
# crash is an input that is left, and not the end.
options()
{
	case $1 in
	elf | dwarf)
		echo "-fork=1 -ignore_crashes=1 -ignore_ooms=1" \
			"-ignore_timeouts=1 -max_len=32768"
		;;
	*) echo "-max_len=20000" ;;
	esac
}

fuzz()
{
	work=$out/$1.work
	mkdir -p "$work/corpus" "$work/tree"
	tar -xJf "$source/$1.tar.xz" -C "$work/tree"
	# shellcheck disable=SC2046
	(cd "$work" && exec nice -n 19 "$out/$1.fuzz" \
		-max_total_time="$seconds" -timeout=60 \
		-rss_limit_mb=1500 -malloc_limit_mb=1000 \
		-print_final_stats=1 $(options "$1") corpus tree) \
		>"$work/log" 2>&1
}

status=0
for target in $targets; do
	echo "$target: $seconds s"
	fuzz "$target" || status=1
	find "$out/$target.work" -maxdepth 1 \
		\( -name 'crash-*' -o -name 'leak-*' -o -name 'oom-*' \
		-o -name 'timeout-*' \)
done
exit "$status"
