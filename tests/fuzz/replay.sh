#!/bin/sh
# SPDX-License-Identifier: MIT
# No file is trusted: each fuzz target over the inputs that its fuzzer has found,
# among them all that once failed.
. "$(dirname "$0")/../integration/lib.sh"
need tar xz

for target in hpm hpd hpc v1 answers elf dwarf; do
	mkdir $target && tar -xJf "$here/$target.tar.xz" -C $target ||
		fail "$target: no corpus"
	status 0 "$builddir/tests/fuzz/$target" $target
done
