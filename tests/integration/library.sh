#!/bin/sh
# SPDX-License-Identifier: MIT
# The library as its users have it: installed in a stage, found by pkg-config,
# compiled with plain cc and c++; the example of heapprof(3); a program that
# starts, stops, marks and reads recordings of itself.

. "$(dirname "$0")/lib.sh"
need pkg-config readelf python3
cc=${CC:-cc}
cxx=${CXX:-c++}
top=$(cd "$here/../.." && pwd)

# --- a stage ------------------------------------------------------------------
unset MAKEFLAGS MAKELEVEL MFLAGS
run make -C "$builddir" -s install DESTDIR="$tmp/stage" >make.log 2>&1 ||
	fail "make install: $(tail -5 make.log)"
PKG_CONFIG_PATH=$(dirname "$(find "$tmp/stage" -name heapprof.pc)")
PKG_CONFIG_DISABLE_UNINSTALLED=1
export PKG_CONFIG_PATH PKG_CONFIG_DISABLE_UNINSTALLED
unset PKG_CONFIG_SYSROOT_DIR
[ -e "$PKG_CONFIG_PATH/heapprof.pc" ] || fail "there is no heapprof.pc"
variables=
for name in libdir includedir; do
	value=$(pkg-config --variable=$name heapprof)
	variables="$variables --define-variable=$name=$tmp/stage$value"
done
# shellcheck disable=SC2086
flags=$(pkg-config --cflags --libs $variables heapprof) || fail pkg-config
# shellcheck disable=SC2086
preload=$(pkg-config --variable=preload $variables heapprof)
[ -e "$preload" ] || fail "the variable preload: $preload"

# build COMPILER OUTPUT SOURCE [OPTION]...
build()
{
	compiler=$1 output=$2 source=$3
	shift 3
	# shellcheck disable=SC2086
	$compiler -g -Wall -Wextra -Wshadow -Werror "$@" -o "$output" \
		"$source" $flags >cc.log 2>&1 ||
		fail "$compiler $source: $(cat cc.log)"
}

# needed FILE: the libraries that it names, and where it looks for them
needed()
{
	readelf -d "$1" | sed -n 's/.*\(NEEDED\|RUNPATH\).*\[\(.*\)\]/\2/p'
}

# --- the header ---------------------------------------------------------------
cat >header.c <<'EOF'
#include <heapprof.h>
int main(void)
{
	struct heapprof_listener l = {0, 0, 0, 0};
	struct heapprof_reader *r = 0;
	return heapprof_read("nosuch", 0, -1, &l, &r) < 0 && !r ? 0 : 1;
}
EOF
cp header.c header.cc
for std in c99 gnu11 c17; do
	build "$cc" header header.c -std=$std -pedantic
	run ./header || fail "C, $std: status $?"
done
for std in c++11 c++20; do
	build "$cxx" headerxx header.cc -std=$std -pedantic
	run ./headerxx || fail "C++, $std: status $?"
done
needed header | grep -q '^libheapprof\.so' || fail "reading: $(needed header)"
# Each declaration is there to be linked with.
grep -o 'heapprof_[a-z_]*(' "$top/lib/heapprof.h" | tr -d '(' | sort -u >declared
for library in "$preload" "$(find "$tmp/stage" -name 'libheapprof.so.0')"; do
	readelf -W --dyn-syms "$library" |
		awk '$7 != "UND" && $8 ~ /^heapprof_/ {
			sub(/@.*/, "", $8); print $8 }'
done | sort -u >exported
same "declared and exported functions" declared exported

# --- the example of the man page ----------------------------------------------
awk '/^\.SH EXAMPLES/ { on = 1 } on && /^\.EE/ { exit }
	on && in_it { print } on && /^\.EX/ { in_it = 1 }' \
	"$top/man/heapprof.3" |
	sed 's/\\-/-/g; s/\\e/\\/g; s/^\\&//' >example.c
[ "$(wc -l <example.c)" -gt 20 ] || fail "no example in heapprof.3"
build "$cc" example example.c
run ./example >example.out 2>example.err || fail "example: $(cat example.err)"
grep -q '^peak 1048576 bytes in 1024 blocks at [0-9.]* s$' example.out &&
	grep -q '^ *1048576  keep, .*example\.c:11$' example.out ||
	fail "the example printed: $(cat example.out)"
# It is valid C++ too.
cp example.c example.cc
build "$cxx" examplexx example.cc
run ./examplexx >examplexx.out || fail "example in C++"

# --- starting, stopping, marking, reading -------------------------------------
build "$cc" control "$top/tests/programs/control.c" -pthread
needed control | head -1 | grep -q '^libheapprof-preload\.so$' ||
	fail "the recorder is not the first library: $(needed control)"
$cc -g -shared -fPIC -o plugin.so "$top/tests/programs/control-plugin.c" ||
	fail "the plug-in"
for test in errors states restart reading plugins fork threads nothing; do
	run ./control $test >out 2>err || fail "control $test: $(cat err)"
	[ -s out ] && fail "control $test: there is something on stdout"
	case $test in
	states)
		expect "tables of $test" 1 "$(grep -c 'HEAP USAGE' err)"
		;;
	threads)
		expect "tables of $test" 4 "$(grep -c 'HEAP USAGE' err)"
		;;
	*)
		[ -s err ] && fail "control $test: $(cat err)"
		;;
	esac
	# Under the recorder, which waits, all is the same.
	rm -f control.hp?
	run "$heapprof_run" --wait -o waiting ./control $test >out 2>err ||
		fail "control $test with --wait: $(cat err)"
	[ -e waiting.hpm ] && fail "--wait recorded something"
done
# A program that does not start, with and without the recorder.
[ -e control.hpm ] && fail "nothing was started, but there is a profile"
run "$heapprof_run" --wait -o waiting true 2>err || fail "--wait: $(cat err)"
[ -e waiting.hpm ] && fail "--wait recorded true"
[ -s err ] && fail "--wait: $(cat err)"

run ./control stats 2>table || fail "control stats: $(cat table)"
grep -Eq '^ *512 - 1023 +100 +100000$' table || fail "stats: $(cat table)"
grep -q 'Never freed: 4[89]\.[0-9] KiB in 50 blocks' table ||
	fail "stats: $(cat table)"

# exit() ends it: no heapprof_stop(), and the profile says so.
run ./control mark || fail "control mark"
summary control
expect "the end" "1000.0 10.0" "$(json control.json \
	'"%.1f %.1f" % (d["end"]["bytes"]["value"], d["end"]["count"]["value"])')"
report --view=top --at="mark:ten blocks" --format=json control >mark.json \
	2>err || fail "--at=mark: $(cat err)"
expect "what is live at the mark" 1000 \
	"$(json mark.json 'round(d["total"]["value"])')"
report --view=top --at=mark:eleven control >out 2>err &&
	fail "there is no mark eleven"

# Recorded from the start, by the variables alone.
HEAPPROF_OUTPUT=$PWD/variables HEAPPROF_SAMPLE=all run ./control nothing 2>err
[ $? -eq 1 ] || fail "HEAPPROF_OUTPUT: nothing is profiling"
summary variables
expect "blocks" True "$(json variables.json \
	'd["allocated"]["count"]["value"] >= 100')"
