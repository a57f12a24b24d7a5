#!/bin/sh
# SPDX-License-Identifier: MIT
# Executed children see the environment that they would see without us, and
# are not profiled; the profile of a program that another replaced is whole.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need python3 env

# Sorted within each "---" section, because shells print theirs in any order,
# and without what is the shell's or the test's own.
tidy()
{
	sed -e '/^_=/d' -e '/^COUNTER_/d' -e '/^SHLVL=/d' -e '/^OLDPWD=/d' |
		awk '/^---/ { section = ++n " " $2 } { print section, $0 }' |
		sort
}

run "$programs/executing" | tidy >native.env
record base -s all -- "$programs/executing" 2>ours.err | tidy >ours.env
[ -s native.env ] && [ -s ours.env ] || fail "no environment"
same "environment of the children" native.env ours.env
grep -q -e '--- execvp in place' ours.env || fail "the last exec is missing"

summary base
expect "bytes kept by the program" True \
	"$(json base.json 'd["end"]["bytes"]["value"] >= 1000000')"
expect "files" "base.hpc base.hpd base.hpm" "$(echo base*.hp?)"

# A preloaded library of the user's stays, ours goes.
user=$programs/.libs/libcounter.so
LD_PRELOAD=$user run "$programs/executing" | tidy >native.env
LD_PRELOAD=$user record base -s all -- "$programs/executing" 2>ours.err |
	tidy >ours.env
expect "lines of LD_PRELOAD" 6 "$(grep -c "^[1-6] .*LD_PRELOAD=$user\$" native.env)"
same "environment with LD_PRELOAD" native.env ours.env

# The program's own view.
run env | tidy >native.env
record base -q -s all -- env | tidy >ours.env
same "environment of env itself" native.env ours.env

# What the kernel put behind the environment is still found there, however many
# variables were taken out of it.
run "$programs/auxiliary" >native.out || fail "auxiliary: status $?"
for options in -q "-q -s all" "-q -s all -d 9" "-q -s all -d 9 --seed=1" -qc; do
	# shellcheck disable=SC2086
	record base $options -- "$programs/auxiliary" >ours.out ||
		fail "$options: auxiliary: status $?"
	same "$options: auxiliary vector" native.out ours.out
done
# By hand it may be an odd number; then nothing is found, and nothing wrong.
for odd in HEAPPROF_OUTPUT=base "HEAPPROF_OUTPUT=base HEAPPROF_QUIET=1"; do
	# shellcheck disable=SC2086
	run env LD_PRELOAD="$builddir/.libs/libheapprof-preload.so" $odd \
		"$programs/auxiliary" >ours.out 2>err ||
		fail "$odd: auxiliary: status $?"
	[ ! -s ours.out ] || same "$odd: auxiliary vector" native.out ours.out
done
