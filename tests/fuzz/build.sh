#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fuzzers NAME.fuzz in tests/fuzz/ of the build tree, with clang-14
# or $FUZZ_CC: "make fuzz", which hands on the sources of the library
# ($FUZZ_SOURCES), and what they are compiled and linked with.
#
#   FUZZ_TARGETS="hpm hpd"  only these

set -eu
clang=${FUZZ_CC:-clang-14}
targets=${FUZZ_TARGETS:-hpm hpd hpc v1 answers elf dwarf}
source=$(cd "$(dirname "$0")/../.." && pwd)
out=$PWD/tests/fuzz
sanitize=address,undefined

command -v "$clang" >/dev/null || {
	echo "fuzz: $clang is not installed: install clang-14 and" \
		"libclang-rt-14-dev, or set FUZZ_CC" >&2
	exit 1
}
mkdir -p "$out/objects"

# A header has changed: all is compiled again.
if [ -n "$(find "$source/lib" "$source/tests" -name '*.h' \
	-newer "$out/objects/stamp" -print -quit 2>/dev/null || echo new)" ]; then
	rm -f "$out"/objects/*
	: >"$out/objects/stamp"
fi

object_of()
{
	echo "$out/objects/$(echo "$1" | tr / _).o"
}

# compile FILE: unless its object is newer.  How what looks at each byte of the
# output went its way says nothing about an input.
compile()
{
	object=$(object_of "$1")
	[ ! "$object" -nt "$source/$1" ] || return 0
	case $1 in
	*/look.c) coverage= ;;
	*) coverage=fuzzer-no-link, ;;
	esac
	# shellcheck disable=SC2086
	"$clang" -g -O1 -std=gnu11 -fno-omit-frame-pointer \
		-fsanitize=$coverage$sanitize \
		-fno-sanitize-recover=undefined \
		$FUZZ_CPPFLAGS -c "$source/$1" -o "$object"
}

objects=
for file in $FUZZ_SOURCES; do
	case $file in
	*/replay.c) ;;
	*.c)
		compile "$file"
		objects="$objects $(object_of "$file")"
		;;
	esac
done
for target in $targets; do
	compile "tests/fuzz/$target.c"
	# shellcheck disable=SC2086
	"$clang" -fsanitize=fuzzer,$sanitize -o "$out/$target.fuzz" \
		"$(object_of "tests/fuzz/$target.c")" $objects $FUZZ_LIBS
done
