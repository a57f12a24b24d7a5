#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Names of addresses against what is known of them from elsewhere: programs
# that print their own functions and lines, built in every way that changes the
# debug information, and binutils' addr2line over whole binaries.

set -u
export LC_ALL=C
unset DEBUGINFOD_URLS

here=$(cd "$(dirname "$0")" && pwd)
sources=$(cd "$here/../programs" && pwd)
symbolize=$(cd "${top_builddir:-.}" && pwd)/tests/programs/symbolize
CC=${CC:-cc} CXX=${CXX:-c++}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp" || exit 1

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

has()
{
	command -v "$1" >/dev/null 2>&1 && return
	echo "not tried: $1 is not installed" >&2
	false
}

for tool in "$CC" "$CXX" addr2line nm objcopy objdump strip readelf python3; do
	has "${tool%% *}" || exit 77
done

build_id()
{
	readelf -n "$1" 2>/dev/null | sed -n 's/ *Build ID: //p'
}

# symbols FILE [OPTION...]: frames of what ./expected asks, into ./got
symbols()
{
	symbols_file=$1
	shift
	grep '^0x' expected | "$symbolize" "$@" "$symbols_file" >got 2>errors ||
		fail "$symbols_file: $(cat errors)"
}

# same WHAT: ./got is ./expected, and there were no warnings
same()
{
	diff expected got >&2 || fail "$1"
	[ ! -s errors ] || fail "$1: $(cat errors)"
}

# warned WHAT PATTERN: one line, that has the pattern
warned()
{
	if [ "$(wc -l <errors)" != 1 ] || ! grep -q -e "$2" errors; then
		fail "$1: no single '$2' in: $(cat errors)"
	fi
}

# unknown WHAT: not one name
unknown()
{
	if [ ! -s got ] || grep -qv '^0x' got; then
		fail "$1: names in: $(cat got)"
	fi
}

# only_symbols: ./expected as a symbol table has it
only_symbols()
{
	awk -F'\t' '/^0x/ { if (last) print last; last = ""; print; next }
		{ last = $1 "\t??:0\t" }
		END { print last }' expected >symbols_only
	mv symbols_only expected
}

# build NAME COMPILER SOURCE [FLAG...]: with what it prints in ./expected
build()
{
	build_name=$1 build_compiler=$2 build_source=$sources/$3
	shift 3
	rm -f ./*.dwo
	# The compiler may be more than a word.
	# shellcheck disable=SC2086
	$build_compiler -O2 -g "$@" -o "$build_name" "$build_source" \
		2>compiler || return 1
	"./$build_name" >expected || fail "$build_name does not run"
}

# must_build ...: as build
must_build()
{
	build "$@" || fail "cannot build $1: $(cat compiler)"
}

# variants COMPILER SOURCE: all kinds of debug information it can make
variants()
{
	for flags in '' -O0 -Os -gdwarf-2 -gdwarf-3 -gdwarf-4 -gdwarf-5 \
		'-gdwarf-4 -fdebug-types-section' -gsplit-dwarf \
		'-gdwarf-4 -gsplit-dwarf' -gz=zlib -flto -no-pie -static \
		-Wl,--build-id=none \
		'-ffunction-sections -fdata-sections -Wl,--gc-sections'; do
		# shellcheck disable=SC2086
		if build program "$1" "$2" $flags; then
			symbols ./program
			same "$1 $2 $flags"
			tried=$((tried + 1))
		fi
	done
}

tried=0
variants "$CC" inlines.c
variants "$CXX" inlines.cpp
[ "$tried" -ge 24 ] || fail "only $tried ways to build: $(cat compiler)"
if has clang-14 && has clang++-14; then
	variants clang-14 inlines.c
	variants clang++-14 inlines.cpp
	[ "$tried" -ge 48 ] || fail "only $tried ways to build: $(cat compiler)"
fi

# --- split debug information that is gone -------------------------------------
must_build split "$CC" inlines.c -gsplit-dwarf
rm -f ./*.dwo
symbols ./split
warned 'no .dwo' 'dwo: not found'
grep '^outer' got | grep -q 'inlines\.[ch]:[1-9]' || fail 'no .dwo: no lines'

# --- lines without functions --------------------------------------------------
must_build lines "$CC" inlines.c
# The line of the innermost frame, in the function that there is.
awk -F'\t' 'function end() { if (place) print last "\t" place "\t" }
	/^0x/ { end(); place = ""; print; next }
	{ last = $1; if (!place) place = $2 }
	END { end() }' expected >innermost
mv innermost expected
objcopy --remove-section=.debug_info --remove-section=.debug_abbrev \
	--remove-section=.debug_aranges lines
symbols ./lines
same 'lines without functions'

# --- no debug information -----------------------------------------------------
must_build bare "$CC" inlines.c -g0 -rdynamic
only_symbols
symbols ./bare
same 'symbol table'
strip bare
symbols ./bare
same 'dynamic symbol table'

must_build cxx "$CXX" inlines.cpp -g0
symbols ./cxx
for name in 'app::Box<long>::get(char const\*) const' 'declares(int)' plain \
	'app::(anonymous namespace)::Hidden::run(int)'; do
	grep -q "^$name	??:0	\$" got || fail "C++ symbols: no $name"
done

# --- functions without a size, and code that is no function -------------------
must_build whole "$CC" inlines.c
for name in nosize nosize_end _init; do
	nm whole | awk -v name="$name" '$3 == name { print "0x" $1 }'
done | sed 's/^0x0*/0x/' >expected
[ "$(wc -l <expected)" = 3 ] || fail 'no symbols in whole'
objdump -h whole | awk '$2 == ".plt" { print "0x" $4 }' |
	sed 's/^0x0*/0x/' >>expected
[ "$(wc -l <expected)" = 4 ] || fail 'no .plt in whole'
symbols ./whole
{
	sed -n 1p expected
	echo 'nosize	??:0	'
	sed -n 2,3p expected
	echo '_init	??:0	'
	sed -n 4p expected
} >wanted
mv wanted expected
same 'functions without a size'

# --- separate debug files -----------------------------------------------------
# separate NAME [FLAG...]: NAME and NAME.debug, linked
separate()
{
	separate_name=$1
	shift
	must_build "$separate_name" "$CC" inlines.c "$@"
	objcopy --only-keep-debug "$separate_name" "$separate_name.debug"
	strip "$separate_name"
	objcopy --add-gnu-debuglink="$separate_name.debug" "$separate_name"
}

separate linked -Wl,--build-id=none
symbols ./linked
same 'debuglink, beside'
mkdir .debug
mv linked.debug .debug
symbols ./linked
same 'debuglink, .debug/'
mkdir -p "root$tmp" debug
mv .debug/linked.debug "root$tmp"
symbols "$tmp/linked" -d root
same 'debuglink, debug path with folders'
mv "root$tmp/linked.debug" debug
symbols "$tmp/linked" -d nonexistent -d debug
same 'debuglink, debug path'
mkdir -p "sys/usr/lib/debug$tmp"
mv debug/linked.debug "sys/usr/lib/debug$tmp"
symbols "$tmp/linked" -r sys
same 'debuglink, sysroot'
mv "sys/usr/lib/debug$tmp/linked.debug" .
echo >>linked.debug
symbols ./linked
warned 'debuglink, checksum' '^\./linked.debug: its checksum'
unknown 'debuglink, checksum'

separate named -Wl,--build-id=sha1
id=$(build_id named)
symbols ./named -b "$id"
same 'debuglink, build-id'
mkdir -p "debug/.build-id/$(echo "$id" | cut -c1-2)"
file=debug/.build-id/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-).debug
mv named.debug "$file"
symbols ./named -b "$id" -d debug
same 'by build-id'
rm -rf sys/usr/lib/debug
cp -r debug sys/usr/lib/debug
symbols ./named -b "$id" -r sys
same 'by build-id, sysroot'
mv named gone
symbols ./named -b "$id" -d debug
same 'by build-id, program gone'
mv gone named
objcopy --remove-section=.gnu_debuglink named nolink
symbols ./nolink -d debug
same 'by build-id, no link'

# --- files that are not the recorded ones -------------------------------------
symbols ./named -b 00112233445566778899aabbccddeeff00112233
warned 'other build-id' \
	"^./named: its build-id is $id, .* 00112233.* unknown; --sysroot"
unknown 'other build-id'
mkdir -p "sys$tmp"
cp named "sys$tmp"
cp cxx named
symbols "$tmp/named" -b "$id" -r sys
same 'sysroot has the recorded one'
symbols ./named -b "$id" -d debug
warned 'other build-id, debug file' "^./named: .*; debug/.* is used instead"
diff expected got >&2 || fail 'other build-id, debug file'
symbols ./nonexistent
warned 'no file' '^./nonexistent: not found; .* unknown; --sysroot'
unknown 'no file'

must_build plain "$CC" inlines.c -Wl,--build-id=none
touch -d '2020-01-01 00:00:00.5 UTC' plain
size=$(wc -c <plain)
symbols ./plain -m "$size:1577836800500000000"
same 'size and time'
symbols ./plain -m "$size:1577836800500000001"
warned 'other time' 'changed'
unknown 'other time'
symbols ./plain -m "$((size + 1)):1577836800500000000"
warned 'other size' "size is $size, .* $((size + 1))"
unknown 'other size'
cp plain "sys$tmp"
rm plain
symbols "$tmp/plain" -r sys -m "$size:1577836800500000000"
same 'a copy has another time'

# --- .gnu_debugdata -----------------------------------------------------------
if has xz; then
	must_build mini "$CC" inlines.c
	only_symbols
	objcopy -S --keep-symbol=outer --keep-symbol=direct mini mini.data
	xz mini.data
	strip mini
	symbols ./mini
	unknown 'no .gnu_debugdata'
	objcopy --add-section=.gnu_debugdata=mini.data.xz mini
	symbols ./mini
	same '.gnu_debugdata'
fi

# --- a file that two share ----------------------------------------------------
if has dwz; then
	must_build first "$CXX" inlines.cpp
	cp first second
	dwz -m shared -r first second || fail 'dwz failed'
	readelf -SW first | grep -q gnu_debugaltlink || fail 'dwz: no link'
	symbols ./first
	same dwz
	mv shared hidden
	symbols ./first
	warned 'dwz, file is gone' 'dwz'
	[ "$(grep -c ^0x got)" = "$(grep -c ^0x expected)" ] ||
		fail 'dwz, file is gone'
fi

# --- servers: never unless asked ----------------------------------------------
separate served -Wl,--build-id=sha1
id=$(build_id served)
mkdir -p "server/buildid/$id"
mv served.debug "server/buildid/$id/debuginfo"
export DEBUGINFOD_URLS="file://$tmp/server" DEBUGINFOD_CACHE_PATH="$tmp/cache"
symbols ./served -b "$id"
unknown 'a server was asked'
[ ! -e cache ] || fail 'a server was asked'
symbols ./served -b "$id" -n
if grep -q libdebuginfod errors; then
	unknown 'no libdebuginfod'
else
	same 'from a server'
fi
unset DEBUGINFOD_URLS DEBUGINFOD_CACHE_PATH

# --- damaged files ------------------------------------------------------------
must_build damaged "$CXX" inlines.cpp
python3 "$here/symbols.py" damage "$symbolize" damaged <expected || exit 1
: >empty
symbols ./empty
warned 'empty file' 'not an ELF'

# --- whole binaries, against addr2line ----------------------------------------
must_build all "$CXX" templates.cpp -std=c++17 -pthread
python3 "$here/symbols.py" compare "$symbolize" all || exit 1
if has rustc; then
	rustc -g -O -o shapes "$sources/shapes.rs" 2>compiler ||
		fail "cannot build shapes: $(cat compiler)"
	python3 "$here/symbols.py" compare "$symbolize" shapes || exit 1
	nm shapes | awk '/ [tT] .*Square.*areas/ { print "0x" $1 }' >expected
	symbols ./shapes
	grep -q '^<shapes::Square as shapes::Shape>::areas	.*/shapes.rs:1[0-9]	' \
		got || fail "Rust: $(cat got)"
fi
libc=$(ldd whole | sed -n 's/.*libc\.so.* => \([^ ]*\).*/\1/p')
id=$(build_id "$libc")
debug=/usr/lib/debug/.build-id/$(echo "$id" | cut -c1-2)
debug=$debug/$(echo "$id" | cut -c3-).debug
if [ -e "$debug" ]; then
	python3 "$here/symbols.py" compare "$symbolize" "$libc" "$debug" ||
		exit 1
else
	echo "not tried: $debug is not installed" >&2
fi
exit 0
