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
