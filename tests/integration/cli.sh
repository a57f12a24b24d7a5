#!/bin/sh
# SPDX-License-Identifier: MIT
# What users type: help, wrong usage, and programs that cannot be recorded.
# Each failure is one line on stderr that names the tool and what is wrong,
# nothing on stdout, and the exit status of the contract.

set -u
LC_ALL=C.UTF-8
export LC_ALL
unset LD_PRELOAD COLUMNS NO_COLOR
builddir=$(cd "${top_builddir:-.}" && pwd) || exit 1
tools="heapprof-run heapprof-stats heapprof-digest heapprof-report"
run=$builddir/heapprof-run
golden=$(cd "${srcdir:-.}/tests/golden" && pwd) || exit 1

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$tmp"
mkdir "$tmp/work" && cd "$tmp/work" || exit 1

failures=0

fail()
{
	echo "FAIL: $*" >&2
	failures=$((failures + 1))
}

# fails STATUS TEXT COMMAND...
fails()
{
	want=$1 text=$2
	shift 2
	timeout -k 5 60 "$@" >../out 2>../err </dev/null
	status=$?
	[ "$status" -eq "$want" ] || fail "$*: status $status, not $want"
	[ -s ../out ] && fail "$*: there is something on stdout"
	[ "$(wc -l <../err)" -eq 1 ] || fail "$*: not one line: $(cat ../err)"
	case $(cat ../err) in
	"$(basename "$tool"): "*"$text"*) ;;
	*) fail "$*: no '$text' in: $(cat ../err)" ;;
	esac
}

# --- help and version ---------------------------------------------------------
for name in $tools; do
	tool=$builddir/$name
	[ -x "$tool" ] || { fail "$name is not built"; continue; }
	"$tool" --help >../help 2>../err || fail "$name --help: status $?"
	[ -s ../err ] && fail "$name --help: $(cat ../err)"
	[ "$(wc -L <../help)" -le 80 ] || fail "$name --help is too wide"
	[ "$(wc -l <../help)" -le 24 ] || fail "$name --help is too long"
	head -n 1 ../help | grep -q "^Usage: $name " ||
		fail "$name --help begins with: $(head -n 1 ../help)"
	"$tool" -h | cmp -s - ../help || fail "$name -h is not --help"
	"$tool" --version | grep -Eq "^$name \(heapprof\) [0-9.]+$" ||
		fail "$name --version: $("$tool" --version)"
	[ "$("$tool" -V)" = "$("$tool" --version)" ] ||
		fail "$name -V is not --version"

	misuse=2
	case $name in heapprof-run | heapprof-stats) misuse=125 ;; esac
	fails $misuse "unknown option '--nonsense'" "$tool" --nonsense
	fails $misuse "unknown option '--comparison=x>1'" "$tool" '--comparison=x>1'
	fails $misuse "unknown option '-Z'" "$tool" -Z
	fails $misuse "option --output needs a value, " "$tool" --output
	fails $misuse "option --output needs a value, " "$tool" -o
	fails $misuse "option --quiet takes no value" "$tool" --quiet=1
	fails $misuse "--output: the name is empty" "$tool" -o ''
	"$tool" --help >/dev/full 2>../err && fail "$name: a full disk is fine"
	grep -q "^$name: standard output: No space" ../err ||
		fail "$name --help >/dev/full: $(cat ../err)"
	"$tool" --version >&- 2>../err && fail "$name: a closed stdout is fine"
done

# --- heapprof-digest, heapprof-report -----------------------------------------
tool=$builddir/heapprof-digest
for time in 0 abc -1 1x 0x10 inf nan 1e999 ''; do
	fails 2 "--interval: '$time' is not a time" "$tool" --interval="$time"
done
for fraction in 2 -0.1 x nan ''; do
	fails 2 "--precision: '$fraction' is not" "$tool" -p "$fraction" base
done
for jobs in 0 x -1 1.5 99999999999999999999; do
	fails 2 "--jobs: '$jobs' is not" "$tool" -j "$jobs" base
done
fails 2 "--v1-scale: 'Linux' is none of declared, linux, double" \
	"$tool" --v1-scale=Linux base
fails 2 "there is 'b' too" "$tool" a b
fails 2 "the name of the profile is empty" "$tool" ''
fails 1 "no profile in this directory" "$tool"
fails 1 "nosuch" "$tool" nosuch

tool=$builddir/heapprof-report
fails 2 "--color: 'blue' is none of auto, always, never" "$tool" --color=blue
fails 2 "--top: '0' is not" "$tool" -n 0
fails 2 "--min-size: '1X' is not" "$tool" --min-size 1X
fails 2 "--v1-scale: '' is none of declared, linux, double" \
	"$tool" --v1-scale= base
fails 2 "unknown option '--comparison=1,2'" "$tool" --comparison=1,2
fails 2 "there is 'b' too" "$tool" a b
fails 2 "not a condition: 'peak'" "$tool" --fail-if=peak nosuch
fails 1 "no profile in this directory" "$tool"
fails 1 "nosuch" "$tool" nosuch
fails 1 "nosuch" "$tool" -o report.txt nosuch
[ -e report.txt ] && fail "a report that failed left its file"
fails 1 "no/such/report: No such file" "$tool" -o no/such/report nosuch
echo old >report.txt
fails 1 "nosuch" "$tool" -o report.txt nosuch
[ "$(cat report.txt)" = old ] || fail "a report that failed took the old one"
fails 4 "peak is 97.7 KiB: --fail-if='peak>1K'" "$tool" --fail-if='peak>1K' \
	--fail-if='leaked>1M' -o report.txt "$golden/good-exited.hpc"
[ -s report.txt ] || fail "no report where a limit was passed"
rm report.txt

# --- heapprof-run: usage ------------------------------------------------------
tool=$run
fails 125 "no program to run" "$run"
fails 125 "no program to run" "$run" --
for sample in 128 128:2 128:-1 128:x x:1 '' 128:1,128:0.5 '{}' bytes=0 \
	'128:1,' 0:1 128:nan; do
	fails 125 "--sample: '" "$run" -s "$sample" touch started
done
fails 125 "'64:7': the probability is outside 0..1" \
	"$run" -s 128:1,64:7 touch started
fails 125 "--seed: '0' is not" "$run" --seed=0 touch started
fails 125 "--depth: '4097' is not" "$run" -d 4097 touch started
fails 125 "--max-size: '1Q' is not" "$run" --max-size=1Q touch started

# A library that does no harm stands in for the recorder where only what is
# said to it matters.
HEAPPROF_PRELOAD=$(cc -print-file-name=libm.so.6)
export HEAPPROF_PRELOAD
fails 125 "unknown % sequence in 'a%q'" "$run" -o 'a%q' touch started
fails 125 "no/such: the profile cannot be written" \
	"$run" -o no/such/base touch started
fails 125 "/proc: the profile cannot be written" \
	"$run" -o /proc/base touch started
fails 125 "a directory; give --output a name in it" "$run" -o ./ touch started
if [ "$(id -u)" -ne 0 ]; then
	mkdir readonly && chmod 555 readonly
	fails 125 "readonly: the profile cannot be written there: Permission" \
		"$run" -o readonly/base touch started
fi
mkdir taken.hpm
fails 125 "taken.hpm: cannot be replaced" "$run" -o taken touch started
fails 125 "/no/such.so: No such file" \
	env HEAPPROF_PRELOAD=/no/such.so "$run" touch started
cp "$HEAPPROF_PRELOAD" 'a b.so'
fails 125 "a b.so: the loader takes no" \
	env HEAPPROF_PRELOAD="$PWD/a b.so" "$run" touch started

# --- heapprof-run: programs that cannot be recorded ---------------------------
# elf MACHINE TYPE: the header of an ELF file, both in octal
elf()
{
	printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000'
	printf "\\$2\\000\\$1\\000\\001\\000\\000\\000"
	printf '%40s' '' | tr ' ' '\000'
}

fails 127 "nosuch-program: not found in \$PATH" "$run" nosuch-program
fails 127 "./nosuch: no such file" "$run" ./nosuch
fails 127 ": not found" "$run" ''
fails 126 "/tmp: a directory" "$run" /tmp
echo hello >plain
fails 126 "./plain: not executable; chmod +x" "$run" ./plain
chmod +x plain
fails 127 "plain: not found in \$PATH; did you mean ./plain?" "$run" plain
fails 126 "./plain: neither an ELF program nor a script" "$run" ./plain
: >empty && chmod +x empty
fails 126 "./empty: neither an ELF program nor a script" "$run" ./empty
case $(uname -m) in
x86_64) own=076 foreign=267 name=aarch64 ;;
*) own=267 foreign=076 name=x86-64 ;;
esac
elf $foreign 002 >foreign && chmod +x foreign
fails 125 "./foreign: built for $name" "$run" ./foreign
elf $own 002 >static && chmod +x static
fails 125 "./static: statically linked" "$run" ./static
cp static ld-linux.so
fails 125 "./ld-linux.so: the loader itself" "$run" ./ld-linux.so
elf $own 001 >object && chmod +x object
fails 126 "./object: an object or core file" "$run" ./object

echo 'int main(void) { return 7; }' >seven.c
cc -o seven seven.c || fail "cc"
cc -static -o seven-static seven.c || fail "cc -static"
fails 125 "./seven-static: statically linked" "$run" ./seven-static
cc -o musl seven.c -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 || fail cc
fails 125 "./musl: made for another C library" "$run" ./musl
cc -o lost seven.c -Wl,--dynamic-linker=/lib/no-such-loader.so || fail cc
fails 127 "./lost: its loader /lib/no-such-loader.so: No such" "$run" ./lost

# sanitized COMPILER KIND: it builds the program so
sanitized()
{
	command -v "$1" >/dev/null &&
		"$1" "-fsanitize=$2" -o sanitized seven.c 2>/dev/null && return
	echo "$1 has no -fsanitize=$2 here" >&2
	return 1
}

for compiler in gcc clang-14; do
	for kind in address leak thread; do
		sanitized $compiler $kind || continue
		fails 125 "./sanitized: built with a sanitizer" "$run" \
			./sanitized
	done
	sanitized $compiler undefined || continue
	timeout 10 "$run" -q ./sanitized
	[ $? -eq 7 ] || fail "$compiler -fsanitize=undefined"
done

if [ "$(id -u)" -eq 0 ]; then
	cp seven setuid && chown 65534 setuid && chmod u+s setuid
	fails 125 "./setuid: set-user-ID of another user" "$run" ./setuid
	cp seven setgid && chgrp 65534 setgid && chmod g+s setgid
	fails 125 "./setgid: set-group-ID of another group" "$run" ./setgid
else
	fails 125 "set-user-ID of another user" "$run" "$(command -v su)"
fi

printf '#!/no/such/interpreter\n' >lost.sh
printf '#!/usr/bin/env nosuch-interpreter\n' >lost-env.sh
printf '#!/bin/sh\r\necho\r\n' >dos.sh
printf '#!/usr/bin/env -i sh\n' >clever.sh
printf '#!./static\n' >on-static
printf '#!./loop\n' >loop
chmod +x ./*.sh on-static loop
fails 127 "./lost.sh: its interpreter /no/such/interpreter: no such file" \
	"$run" ./lost.sh
fails 127 "./lost-env.sh: its interpreter nosuch-interpreter: not found" \
	"$run" ./lost-env.sh
fails 127 "./dos.sh: its first line ends in CR LF" "$run" ./dos.sh
fails 125 "./clever.sh: what its first line asks of env" "$run" ./clever.sh
fails 125 "./static: statically linked" "$run" ./on-static
fails 126 "interpreters of interpreters" "$run" ./loop
[ -e started ] && fail "a program was started all the same"

# --- heapprof-run: what the program gets --------------------------------------
# same WANT COMMAND...: prints WANT
same()
{
	want=$1
	shift
	got=$(timeout -k 5 60 "$@" 2>&1 </dev/null)
	[ "$got" = "$want" ] || fail "$*: '$got', not '$want'"
}

"$run" ./seven
[ $? -eq 7 ] || fail "the exit status of the program is not passed on"
"$run" sh -c 'kill -TERM $$' 2>/dev/null
[ $? -eq 143 ] || fail "the signal of the program is not passed on"
same "-x --help" "$run" echo -x --help
same "$PWD/base" "$run" -o base printenv HEAPPROF_OUTPUT
same "$PWD/x 100%%" "$run" -o 'x 100%%' printenv HEAPPROF_OUTPUT
same "$PWD/printenv" "$run" -o %n printenv HEAPPROF_OUTPUT
same "$PWD/hprof" env HEAPPROF_OUTPUT=wrong "$run" printenv HEAPPROF_OUTPUT
same "" env HEAPPROF_SAMPLE=all "$run" printenv HEAPPROF_SAMPLE
same "bytes=512K" "$run" -s bytes=512K printenv HEAPPROF_SAMPLE
same "7 9 64M 1 1 1" "$run" -qcd9 --seed 7 --max-size=64M --wait sh -c \
	'echo $HEAPPROF_SEED $HEAPPROF_DEPTH $HEAPPROF_MAX_SIZE \
	$HEAPPROF_CHILDREN $HEAPPROF_WAIT $HEAPPROF_QUIET'
same "$HEAPPROF_PRELOAD" "$run" printenv LD_PRELOAD
same "$HEAPPROF_PRELOAD:libc.so.6" env LD_PRELOAD=libc.so.6 \
	ASAN_OPTIONS=verify_asan_link_order=0 "$run" printenv LD_PRELOAD
pid=$("$run" -o %p sh -c 'echo $$ ${HEAPPROF_OUTPUT##*/}')
[ "${pid% *}" = "${pid#* }" ] || fail "%p is not the pid of the program: $pid"

printf '#!/bin/sh\necho "$0 $*"\n' >plain.sh
printf '#!/usr/bin/env sh\necho "$0 $*"\n' >env.sh
printf '#!/usr/bin/env -S VARIABLE=value sh -e\necho $VARIABLE $-\n' >split.sh
# The shell is executed, not env, which would have become one.
printf '#!/usr/bin/env sh\nreadlink /proc/$$/exe\n' >exe.sh
chmod +x ./*.sh
same "./plain.sh a b" "$run" ./plain.sh a b
same "./env.sh a b" "$run" ./env.sh a b
same "value e" "$run" ./split.sh
same "$(readlink -f "$(command -v sh)")" "$run" ./exe.sh

# --- heapprof-stats: what it takes, and what its program gets -----------------
tool=$builddir/heapprof-stats
fails 125 "no program to run" "$tool"
for option in --wait --children --sample=all --seed=1 -s -c -d; do
	fails 125 "unknown option '$option'" "$tool" $option true
done
fails 127 "./nosuch: no such file" "$tool" ./nosuch
fails 126 "./plain: neither an ELF program nor a script" "$tool" ./plain
fails 125 "./seven-static: statically linked" "$tool" ./seven-static
fails 125 "no/such/table: the table cannot be written there: No such" \
	"$tool" -o no/such/table touch started
fails 125 "/tmp: the table cannot be written there: Is a directory" \
	"$tool" -o /tmp touch started
[ -e started ] && fail "a program was started all the same"
"$tool" ./seven
[ $? -eq 7 ] || fail "the exit status of the program is not passed on"
same "-x --help" "$tool" echo -x --help
same "-" "$tool" printenv HEAPPROF_STATS
same "$PWD/table" "$tool" -o table printenv HEAPPROF_STATS
same "-" "$tool" -o - printenv HEAPPROF_STATS
same "" env HEAPPROF_WAIT=1 HEAPPROF_CHILDREN=1 HEAPPROF_OUTPUT=wrong \
	"$tool" sh -c 'echo $HEAPPROF_WAIT$HEAPPROF_CHILDREN$HEAPPROF_OUTPUT'
same "" env HEAPPROF_STATS=- "$run" printenv HEAPPROF_STATS
[ -e table ] && fail "the check of the table's folder left a file"

# An old profile goes, whatever it links to; the next one is not through it.
echo precious >precious
ln -s precious old.hpm
echo 1 >old.hpd
echo 1 >old.hpc
"$run" -o old true
[ -L old.hpm ] || [ -e old.hpd ] || [ -e old.hpc ] && fail "an old file is left"
[ "$(cat precious)" = precious ] || fail "a symbolic link was followed"

[ "$failures" -eq 0 ]
