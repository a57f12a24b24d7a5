# SPDX-License-Identifier: MIT
# What the integration tests share; sourced by each of them.
#
# The tools are those of the build tree; $HEAPPROF_RUN, $HEAPPROF_DIGEST and
# $HEAPPROF_REPORT name others.  A test works in a folder of its own, $tmp,
# and ends with the status of its first failure: 1 failed, 77 a tool that it
# needs is not installed, 0 fine.

set -u
export LC_ALL=C.UTF-8
unset LD_PRELOAD MALLOC_CONF

here=$(cd "$(dirname "$0")" && pwd)
builddir=$(cd "${top_builddir:-.}" && pwd)
programs=$builddir/tests/programs
workloads=$here/workloads
heapprof_run=${HEAPPROF_RUN:-$builddir/heapprof-run}
heapprof_digest=${HEAPPROF_DIGEST:-$builddir/heapprof-digest}
heapprof_report=${HEAPPROF_REPORT:-$builddir/heapprof-report}
unset HEAPPROF_RUN HEAPPROF_DIGEST HEAPPROF_REPORT
time_limit=120

tmp=$(mktemp -d) || exit 1
at_exit=:
trap '$at_exit; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp" || exit 1

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

skip()
{
	echo "SKIP: $*" >&2
	exit 77
}

# need TOOL...: skip unless all are installed
need()
{
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# run COMMAND...: with a time limit; a child of its own, killed with it
run()
{
	timeout -k 5 "$time_limit" "$@"
}

# record BASE [OPTION...] -- PROGRAM...
record()
{
	record_base=$1
	shift
	run "$heapprof_run" -o "$record_base" "$@"
}

# report ARGUMENT...
report()
{
	run "$heapprof_report" "$@"
}

# json FILE EXPRESSION: the value of a Python expression over the document d
json()
{
	python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2" || fail "$1: no $2"
}

# expect WHAT WANTED GOT
expect()
{
	[ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# same WHAT FILE FILE
same()
{
	cmp -s "$2" "$3" && return
	diff -a "$2" "$3" | head -20 >&2
	fail "$1: $2 and $3 differ"
}

# status WANTED COMMAND...: stdout and stderr are left in out and err
status()
{
	status_wanted=$1
	shift
	run "$@" >out 2>err </dev/null
	status_got=$?
	[ $status_got -eq "$status_wanted" ] && return
	cat err >&2
	fail "$*: exit status $status_got instead of $status_wanted"
}

# json_report BASE FILE OPTION...: fails unless the profile is whole
json_report()
{
	json_base=$1 json_file=$2
	shift 2
	report --format=json "$@" "$json_base" >"$json_file" \
		2>"$json_base.err" && return
	cat "$json_base.err" >&2
	fail "heapprof-report $json_base: it is not whole"
}

# summary BASE: BASE.json, the summary, which counts all allocations; and
# BASE.allocated.json and BASE.count.json, whose totals are what was recorded
summary()
{
	json_report "$1" "$1.json"
	json_report "$1" "$1.allocated.json" --view=top --metric=allocated
	json_report "$1" "$1.count.json" --view=top --metric=count
}

# exe PROGRAM: the file that is executed, links followed
exe()
{
	readlink -f "$(command -v "$1")"
}

# expect_truth BASE FILE: the profile says what the program said of itself
expect_truth()
{
	summary "$1"
	python3 "$here/counts.py" truth "$1.json" "$2" || fail "$1: see above"
}
