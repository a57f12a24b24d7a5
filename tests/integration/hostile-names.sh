#!/bin/sh
# SPDX-License-Identifier: MIT
# Names from a profile are shown, and do nothing: not to a terminal, a
# spreadsheet, a browser, nor to who parses the output.  Every view in every
# format that the tool says it has, of a profile in which all names are bad.
. "$(dirname "$0")/lib.sh"
need python3 objcopy "$CC"

# --- recorded: a function, a file, arguments and a thread of such names
cat >hostile.c <<'E'
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

void *keep[2];

__attribute__((noinline)) void hold(int i)
{
	keep[i] = malloc(1000000 + (size_t)i);
}

static void *work(void *arg)
{
	prctl(PR_SET_NAME, "\033[2J=1+1\"<b>");
	hold(1);
	return arg;
}

int main(void)
{
	pthread_t thread;

	hold(0);
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	return 0;
}
E
name=$(printf 'evil\033]0;title\a\302\2332J=<script>"')
folder=$(printf 'a\033[7mb')
mkdir "$folder" || fail "no folder"
"$CC" -O1 -c hostile.c -o hostile.o &&
	objcopy --redefine-sym "hold=$name" hostile.o &&
	"$CC" hostile.o -o "$folder/hostile" -lpthread || fail "no program"
record real -q -s all -- "./$folder/hostile" \
	"$(printf '=HYPERLINK("x")\033c\nsecond line')" || fail "status $?"
run "$heapprof_digest" -q real || fail "digest: status $?"
report --view=top -n 3 real >out || fail "report: status $?"
grep -qF '\x1b]0;title\x07' out ||
	fail "the function is not there: $(cat out)"

# --- made: every string of that digest replaced by the worst there are
python3 "$here/hostile-names.py" make real.hpc made.hpc || fail "see above"

# values OPTION: the words that it takes, as --help has them
values()
{
	"$heapprof_report" --help |
		awk -v option="--$1=" '/^ +(-., )?--/ { on = index($0, option)
			sub(/^.*--[^ ]* */, "") } on { print }' |
		sed 's/(default)//' | tr -s ' \t' '\n\n' | grep .
}

# check FORMAT WHAT: what is in out and err
check()
{
	python3 "$here/hostile-names.py" check "$1" out err ||
		fail "$2: see above"
}

# look PROFILE FORMAT OPTION...: what comes out is harmless; 1: there is none
look()
{
	look_profile=$1 look_format=$2
	shift 2
	report "--format=$look_format" "$@" "$look_profile" \
		>out 2>err </dev/null
	look_status=$?
	case $look_status in
	2) return 1 ;;
	0 | 3) ;;
	*) fail "$look_profile --format=$look_format $*:" \
		"status $look_status: $(cat err)" ;;
	esac
	check "$look_format" "$look_profile --format=$look_format $*"
	nr_looks=$((nr_looks + 1))
}

views=$(values view) formats=$(values format)
[ -n "$views" ] && [ -n "$formats" ] || fail "--help has no views or formats"
for format in $formats; do
	nr_looks=0
	for profile in real made.hpc; do
		for view in $views; do
			look $profile "$format" "--view=$view" || continue
			look $profile "$format" "--view=$view" --by=line || :
			look $profile "$format" "--view=$view" --by=module || :
			look $profile "$format" "--view=$view" --by=thread || :
		done
	done
	[ $nr_looks -gt 0 ] || fail "no view has the format $format"
done

# --- in a terminal, and where there is no UTF-8
nr_looks=0
for profile in real made.hpc; do
	for view in $views; do
		look $profile text "--view=$view" --color=always || :
		LC_ALL=C look $profile text "--view=$view" || :
	done
done
[ $nr_looks -gt 10 ] || fail "only $nr_looks views as text"

# --- what is said about modules that are gone, one of them a program
mv "$folder/hostile" "$folder/gone"
status 0 "$heapprof_digest" -v -o gone.hpc real
grep -qF 'a\x1b[7mb/hostile' err || fail "no word of the program: $(cat err)"
check text "heapprof-digest -v"
