# SPDX-License-Identifier: MIT
# The promise on real programs, shared by the scripts that name one each;
# sourced after lib.sh.

# compare_with_counter PROGRAM ARG...
#
# Runs it without us and with us.  Output and exit status are the same, and
# with -s all our numbers are those of the counter behind us, to the byte.
compare_with_counter()
{
	run "$@" >native.out 2>native.err </dev/null
	native=$?
	record_counted "$@" >ours.out 2>ours.err </dev/null
	expect "exit status" $native $?
	same "standard output" native.out ours.out
	grep -v '^heapprof' ours.err >ours.err.program
	same "standard error" native.err ours.err.program
	summary base
	compare_counts
}

# record_counted PROGRAM ARG...: leaves base.hpm, base.hpd, counts
record_counted()
{
	rm -f counts
	COUNTER_OUTPUT=$PWD/counts COUNTER_PROGRAM=$(basename "$(exe "$1")") \
		LD_PRELOAD=${counter:-$programs/.libs/libcounter.so} \
		record base -s all -- "$@"
}

# compare_counts [PEAK_TOLERANCE]: base.json and counts
compare_counts()
{
	python3 "$here/counts.py" counter base.json counts "$@" ||
		fail "our numbers are not the counter's"
}

# compare_with_heaptrack TOLERANCE PROGRAM ARG...
compare_with_heaptrack()
{
	command -v heaptrack >/dev/null && command -v heaptrack_print \
		>/dev/null || skip "heaptrack is not installed"
	sites_tolerance=$1
	shift
	record sites -q -s all -- "$@" >/dev/null 2>&1 </dev/null
	run heaptrack -o theirs "$@" >theirs.log 2>&1 </dev/null
	compare_sites "$sites_tolerance"
}

# compare_sites TOLERANCE: sites.hpm and theirs.zst
compare_sites()
{
	# nothing folded into "other"
	run "$heapprof_digest" --precision=0 sites 2>top.err &&
		report --view=top --format=json -n 100000 sites \
			>top.json 2>>top.err ||
		fail "$(cat top.err)"
	theirs=$(ls theirs.zst theirs.gz 2>/dev/null)
	run heaptrack_print -f "$theirs" -F stacks \
		--flamegraph-cost-type peak >theirs.txt 2>&1 ||
		fail "$(cat theirs.txt)"
	python3 "$here/sites.py" top.json stacks "$1" ||
		fail "our biggest sites are not heaptrack's"
}
