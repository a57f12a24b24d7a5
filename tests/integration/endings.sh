#!/bin/sh
# SPDX-License-Identifier: MIT
# However a program ends, it does so as without us, and all that it allocated
# is in the profile: before the first constructor, in the last destructor, and
# up to the instruction before it was killed.
. "$(dirname "$0")/lib.sh"
need python3

for how in return exit quick_exit _exit _Exit abort kill term segv overflow \
	handler exec thread busy; do
	run "$programs/endings" $how >native.out 2>native.err
	native=$?
	record "base-$how" -q -s all -- "$programs/endings" $how \
		>ours.out 2>ours.err
	expect "$how: exit status" $native $?
	same "$how: standard output" native.out ours.out
	same "$how: standard error" native.err ours.err
	case $how in
	thread | busy) report "base-$how" >report.txt 2>report.err ||
		fail "$how: $(cat report.err)" ;;
	*) expect_truth "base-$how" ours.out ;;
	esac
done

# What a thread did before it killed all others.
json_report base-thread top.json --view=top --at=end
expect "allocated in the thread" "[5006]" "$(json top.json \
	'[r["cumulative"]["value"] for r in d["rows"]
		if r["function"] == "kill_from_thread"]')"

# ended HOW WORDS: what the report says of it
ended()
{
	report "base-$1" >report.txt 2>report.err || fail "$1: status $?"
	grep -q "$2" report.txt report.err || fail "$1: $(cat report.txt)"
}

ended kill "still runs or was killed"
ended exec "replaced\|another program"

# The kernel kills it for want of memory, in a group of its own.
group=
at_exit=leave
leave()
{
	[ -z "$group" ] || rmdir "$group"
}

for root in /sys/fs/cgroup/memory /sys/fs/cgroup/unified /sys/fs/cgroup; do
	mkdir "$root/heapprof-$$" 2>/dev/null || continue
	group=$root/heapprof-$$
	echo 64M 2>/dev/null >"$group/memory.limit_in_bytes" ||
		echo 64M 2>/dev/null >"$group/memory.max" && break
	rmdir "$group"
	group=
done
[ -n "$group" ] || skip "no group of processes can be given a limit here"
run sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$heapprof_run" \
	-s all -o base-hunger -- "$programs/endings" hunger >ours.out 2>ours.err
expect "out of memory: exit status" 137 $?
report --format=json base-hunger >hunger.json 2>hunger.err ||
	fail "out of memory: $(cat hunger.err)"
said=$(awk 'NF == 3 { n = $3 } END { print n }' ours.out)
seen=$(json hunger.json 'd["events"]["recorded"]')
[ "$seen" -eq "$said" ] || [ "$seen" -eq $((said + 1)) ] ||
	fail "out of memory: $seen allocations in the profile, of $said"
