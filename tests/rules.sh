#!/bin/sh
# SPDX-License-Identifier: MIT
# The rules of HACKING.md that a script can check.  Each violation is a line;
# tools that are not installed are named, and in CI (CI=true) must be there.

set -u
LC_ALL=C.UTF-8
export LC_ALL
# No file of ours has a blank in its name.
# shellcheck disable=SC2044,SC2046
builddir=$(cd "${top_builddir:-.}" && pwd) || exit 1
cd "${srcdir:-.}" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

tools="heapprof-run heapprof-stats heapprof-digest heapprof-report"
c_files=$(find lib src tests -name '*.[ch]' | sort)
formatted=$(find lib src tests -name '*.[ch]' -o -name '*.cpp' | sort)
failed=$tmp/failed

# Prints what a check finds, and remembers that there was something.
report()
{
	while IFS= read -r line; do
		echo "$line"
		: >"$failed"
	done
}

lacks()
{
	command -v "$1" >/dev/null && return 1
	echo "not checked: $2, for want of $1"
	[ "${CI:-}" != true ] || : >"$failed"
}

# Includes point toward format/, and each outside library has one door.  "." is
# lib/ itself: base.h, arena.h, bytes.h, intern.h, list.h, sum.h, utf8.h and
# heapprof.h.
check_includes()
{
	grep -n '^#include' $(find lib src -name '*.[ch]') |
	awk -F'[:"<>]' '
	BEGIN {
		may["capture"] = "capture format ."
		may["format"]  = "format ."
		may["profile"] = "profile format ."
		may["query"]   = "query profile ."
		may["render"]  = "render ."
		may["."]       = "render query profile format ."
		may["src"]     = "src ."
		also["lib/render/proto.c", "format/varint.h"] = 1
		also["lib/render/html.c", "format/varint.h"] = 1
		also["lib/render/html_stacks.c", "format/varint.h"] = 1
		also["lib/render/html_tracks.c", "format/varint.h"] = 1
		also["lib/render/html_split.c", "format/varint.h"] = 1
		also["src/launch.c", "capture/options.h"] = 1
		also["src/heapprof-run.c", "capture/options.h"] = 1
		door["^(libunwind|unwind\\.h)"] = "^lib/capture/unwind\\.c$"
		door["^(elfutils/|libelf|gelf|dwarf|libdw|elf-knowledge)"] = \
			"^lib/profile/(candidate|debugfile|dies|elffile|" \
			"inlines|lines|names|ranges|symbols|symtab|units)\\.[ch]$"
		door["debuginfod"] = "^lib/profile/debuginfod\\.c$"
		door["zlib"] = "^lib/render/gzip\\.[ch]$"
		door["demangle"] = "^lib/profile/names\\.c$"
		door["^check\\.h"] = "^tests/unit/"
	}
	function bad(why) { print $1 ":" $2 ": " why " " $4 }
	/#include </ {
		for (re in door)
			if ($4 ~ re && $1 !~ door[re])
				bad("only " door[re] " may include")
		next
	}
	{
		n = split($1, f, "/"); m = split($4, t, "/")
		from = f[1] == "src" ? "src" : n == 2 ? "." : f[2]
		to = m > 1 ? t[1] : \
			$4 ~ /^(base|arena|bytes|heapprof|intern|list|sum|utf8)\.h$/ ? "." : from
		if (index(" " may[from] " ", " " to " ")) next
		if (($1, $4) in also) next
		if (from == "render" && $4 ~ /^query\/(result|history)\.h$/) next
		bad("may not include")
	}'
}

# matches NAME FILE: is it like one of the patterns in the file?
matches()
{
	while read -r pattern; do
		# shellcheck disable=SC2254
		case $1 in
		$pattern) return 0 ;;
		esac
	done <"$2"
	return 1
}

# A library exports what its map lists, and all of it.  $1: library, $2: map
check_exports()
{
	[ -e "$1" ] || { echo "$1 was not built"; return; }
	nm -D --defined-only "$1" |
		awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
		sort -u >"$tmp/exported"
	sed 's,/\*.*\*/,,' "$2" |
		awk '/local:/ { on = 0 } on { gsub(/[;{}]/, " "); print }
			/global:/ { on = 1 }' |
		tr -s ' \t' '\n\n' | grep . | sort -u >"$tmp/listed"
	while read -r name; do
		matches "$name" "$tmp/listed" || echo "$1 exports $name"
	done <"$tmp/exported"
	grep -v '[*?]' "$tmp/listed" | comm -13 "$tmp/exported" - |
		sed "s,^,$1 lacks ,"
}

check_all_exports()
{
	for map in $(find lib -name '*.map'); do
		name=lib$(basename "$map" .map)
		[ "$name" = libpreload ] && name=libheapprof-preload
		check_exports "$builddir/.libs/$name.so" "$map"
	done
	for library in "$builddir"/.libs/lib*.so; do
		name=$(basename "$library" .so)
		[ -e "lib/${name#lib}.map" ] ||
			[ -e "lib/capture/${name#libheapprof-}.map" ] ||
			echo "$library has no map of what it exports"
	done
	nm -D --defined-only "$builddir/.libs/libheapprof.so" |
		awk '$2 != "A" && $3 !~ /^heapprof_/ {
			print "libheapprof.so exports " $3 }'
}

# What the recorder brings into somebody else's program: no libraries but those
# that are there, little of what all threads have, nothing that Debian 12 lacks,
# no relocation of text and no need of an executable stack.
check_preload()
{
	so=$builddir/.libs/libheapprof-preload.so
	readelf -dW "$so" |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -v -x -e 'libc\.so\.6' -e 'libgcc_s\.so\.1' \
			-e 'ld-linux-.*' | sed "s,^,$so needs ,"
	readelf -dW "$so" | grep -q 'TEXTREL' && echo "$so has text relocations"
	readelf -lW "$so" | grep -q 'GNU_STACK.*RWE' &&
		echo "$so needs an executable stack"
	bytes=$(readelf -lW "$so" | awk '$1 == "TLS" { print $6 }')
	[ $((${bytes:-0})) -le 64 ] ||
		echo "$so has $((bytes)) bytes of thread-local storage"
	newest=$(readelf -VW "$so" | grep -o 'GLIBC_[0-9.]*' | sort -uV |
		tail -n 1)
	[ "$(printf '%s\n' "$newest" GLIBC_2.36 | sort -V | tail -n 1)" = \
		GLIBC_2.36 ] || echo "$so needs $newest"
}

# The letters and names of options, as "-o --output".  What they mean is two
# blanks from the last of them.
help_options()
{
	"$builddir/$1" --help |
		sed -n 's/^ *-/-/; /^-/s/  .*//p' |
		sed 's/, --/\n--/g; s/, -/\n-/g' | sed 's/=.*//' |
		awk '/^-[^-]/ { letter = $1 " "; next }
			{ print letter $1; letter = "" }' | sort
}

# What options there are under OPTIONS in a man page: the lines after .TP.
man_options()
{
	awk '/^\.SH/ { on = /OPTIONS/ } on && tag { print } { tag = /^\.TP/ }' \
		"man/$1.1" |
	sed 's/\\-/-/g; s/\\fI[^\\]*\\fR//g; s/^\.BR* //; s/=//g; s/"[^"]*"/ /g' |
	awk '/^-[^-]/ { print $1, $2; next } { for (i = 1; i <= NF; i++) print $i }' |
	sort
}

long_names()
{
	grep -o -e '--[a-z0-9-]*' | sort -u
}

bash_complete()
{
	bash -c '. completions/heapprof.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_heapprof "$1" && printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

zsh_options()
{
	zsh -fc 'service=$1
		_arguments() { print -rl -- "$@" }
		. completions/_heapprof' zsh "$1" |
		sed 's/^([^)]*)//; s/^\*//; s/\[.*//'
}

fish_complete()
{
	fish --no-config -c "source completions/heapprof.fish
		complete -C '$1'" | cut -f 1
}

# differ WHAT FILE: how FILE differs from the names in --help
differ()
{
	diff "$tmp/names" "$2" | sed -n "s/^</$1 lacks/p; s/^>/$1 has/p"
}

# The same options in --help, the man page and the completions of each tool.
check_options()
{
	help_options "$1" >"$tmp/help"
	[ -s "$tmp/help" ] || echo "$1 --help shows no options"
	man_options "$1" >"$tmp/man"
	diff "$tmp/help" "$tmp/man" |
		sed -n "s/^</$1.1 lacks/p; s/^>/$1 --help lacks/p"
	long_names <"$tmp/help" >"$tmp/names"
	bash_complete "$1" -- | long_names >"$tmp/bash"
	differ "bash's $1" "$tmp/bash"
	if ! lacks zsh "$1 in zsh" >&2; then
		zsh_options "$1" | long_names >"$tmp/zsh"
		differ "zsh's $1" "$tmp/zsh"
	fi
	if ! lacks fish "$1 in fish" >&2; then
		fish_complete "$1 --" | long_names >"$tmp/fish"
		differ "fish's $1" "$tmp/fish"
	fi
}

# The words that an option of heapprof-report takes, from its help.
help_values()
{
	"$builddir/heapprof-report" --help |
		awk -v option="--$1=" '/^ +(-., )?--/ { on = index($0, option)
			sub(/^.*--[^ ]* */, "") } on { print }' |
		sed 's/(default)//' | tr -s ' \t' '\n\n' | grep . | sort
}

check_values()
{
	for option in view format color metric by; do
		help_values $option >"$tmp/names"
		[ "$(wc -l <"$tmp/names")" -gt 1 ] ||
			echo "--help has no values of --$option"
		bash_complete heapprof-report "--$option" = | sort >"$tmp/bash"
		differ "bash's --$option" "$tmp/bash"
		grep -e "'--$option=" completions/_heapprof |
			sed 's/.*(\(.*\)).*/\1/' | tr ' ' '\n' | sort >"$tmp/zsh"
		differ "zsh's --$option" "$tmp/zsh"
		lacks fish "--$option in fish" >&2 && continue
		fish_complete "heapprof-report --$option=" |
			sed 's/.*=//' | sort >"$tmp/fish"
		differ "fish's --$option" "$tmp/fish"
		sed 's/\\-/-/g' man/heapprof-report.1 >"$tmp/page"
		while read -r value; do
			grep -Fqw -e "$value" "$tmp/page" ||
				echo "heapprof-report.1 lacks $value"
		done <"$tmp/names"
	done
}

# Profiles in the folder are completed by their base name, digests by theirs.
check_profiles()
{
	root=$PWD
	mkdir "$tmp/profiles"
	: >"$tmp/profiles/one.hpm"
	: >"$tmp/profiles/two.hpc"
	: >"$tmp/profiles/other.txt"
	printf 'one\ntwo.hpc\n' >"$tmp/names"
	(cd "$tmp/profiles" && bash -c '. "$1/completions/heapprof.bash"
		COMP_WORDS=(heapprof-report "") COMP_CWORD=1
		_heapprof heapprof-report
		printf "%s\n" "${COMPREPLY[@]}"' bash "$root") |
		sort >"$tmp/bash"
	differ "bash's profiles:" "$tmp/bash"
	lacks fish "profiles in fish" >&2 && return
	(cd "$tmp/profiles" && fish --no-config -c "
		source '$root/completions/heapprof.fish'
		complete -C 'heapprof-report '") | cut -f 1 | sort >"$tmp/fish"
	differ "fish's profiles:" "$tmp/fish"
}

check_files()
{
	for file in $c_files; do
		[ "$(head -n 1 "$file")" = \
			'/* SPDX-License-Identifier: MIT */' ] ||
			echo "$file: the first line is not the licence"
		[ "$(wc -l <"$file")" -le 500 ] || case $file in
		tests/*) ;;
		*) echo "$file: over 500 lines" ;;
		esac
		[ "$(wc -L <"$file")" -le 80 ] || echo "$file: over 80 columns"
		grep -Hn '^[^"]*[[:space:]]//' "$file"
		grep -Hn '[[:blank:]]$' "$file"
		grep -HnE "^$(printf '\t\t\t\t\t')+(if|for|while|do|switch|return|break|continue|goto) " \
			"$file"
	done
}

# Functions: half under 15 lines, nine tenths under 40, none over 80.
check_functions()
{
	awk '
	FNR == 1 { start = 0 }
	/^{$/ { start = FNR }
	/^}$/ && start {
		n = FNR - start + 2; start = 0
		count++; short += n < 15; middling += n < 40
		if (n > 80)
			print FILENAME ":" FNR ": a function of " n " lines"
	}
	END {
		if (short < count * 0.5)
			print "of " count " functions only " short \
				" are under 15 lines"
		if (middling < count * 0.9)
			print "of " count " functions only " middling \
				" are under 40 lines"
	}' $(find lib src -name '*.c')
}

# A function that others may call begins with the name of its file, or with the
# first word of it where a module is several files.  Names in the libraries'
# maps are exempt: they are for others.
check_names()
{
	for file in $(find lib src -name '*.c'); do
		base=$(basename "$file" .c | sed 's/[-_].*//')
		awk -v base="$base" -v file="$file" '
		/^[a-z].*[ *][a-z_0-9]+\(/ && !/static / && !/^(typedef|extern|return|enum [a-z_]+ \{)/ && !/;$/ && !/=/ {
			name = $0
			sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
			if (name != base && index(name, base "_") != 1)
				print name, file ":" FNR ": " name "()"
		}' "$file"
	done | while read -r name rest; do
		case $name in
		main | heapprof_* | __* | noreturn) continue ;;
		esac
		grep -qw -e "$name" lib/capture/preload.map ||
			echo "$rest does not begin with the name of its file"
	done
}

# A suite that is not in the list would not run.
check_suites()
{
	sed -n 's/^Suite \*\([a-z0-9_]*\)(void)$/\1/p' tests/unit/*.c |
	while read -r suite; do
		grep -q "$suite()" tests/unit/unit.c ||
			echo "tests/unit/unit.c does not run $suite()"
	done
}

# No warnings; the build shows those that need more than the syntax.
check_warnings()
{
	for compiler in gcc clang-14; do
		lacks $compiler "warnings of $compiler" >&2 && continue
		find lib src -name '*.c' | xargs $compiler -fsyntax-only \
			-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
			-include "$builddir/config.h" -Ilib \
			-DPKGLIBDIR='""' 2>&1 |
			grep -E 'warning:|error:' | sed "s,^,$compiler: ,"
	done
}

check_format()
{
	lacks clang-format-14 "the format" >&2 && return
	clang-format-14 --dry-run $formatted 2>&1 | grep 'warning:'
}

# The page's sources: their format, and what biome finds wrong with them.
check_page()
{
	biome=$builddir/web/test/node_modules/@biomejs/biome/bin/biome
	for file in web/src/* web/test/*.mjs web/build.mjs; do
		[ "$(wc -l <"$file")" -le 500 ] ||
			echo "$file: over 500 lines"
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
			echo "$file: the first line is not the licence"
	done
	if [ ! -e "$biome" ]; then
		lacks "$biome" "web/" >&2
		return
	fi
	(cd web && node "$biome" ci --colors=off .) >"$tmp/biome" 2>&1 ||
		cat "$tmp/biome"
}

check_includes | report
check_all_exports | report
lacks readelf "what the recorder brings" || check_preload | report
for tool in $tools; do
	check_options "$tool" | report
done
check_values | report
check_profiles | report
check_files | report
check_functions | report
check_names | report
check_suites | report
check_warnings | report
check_format | report
check_page | report

[ ! -e "$failed" ]
