#!/bin/sh
# SPDX-License-Identifier: MIT
# A program that is killed, and one that still runs: the profile is whole up to
# then, exit status 0, and standard error says so.
. "$(dirname "$0")/lib.sh"
need python3

pid=
at_exit='stop'
stop()
{
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
}

"$heapprof_run" -o base -s all -- "$programs/endless" >out 2>err &
pid=$!
tries=0
until grep -q ready out; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || fail "the program did not start: $(cat err)"
	sleep 0.1
done

status 0 "$heapprof_report" base
[ -s err ] || fail "a running program is not mentioned on standard error"
cp out running.out
cp err running.err

kill -9 $pid
wait $pid 2>/dev/null
expect "status of the killed program" 137 $?
pid=

"$heapprof_run" -o base2 -s all -- "$programs/endless" >truth 2>err &
pid=$!
until grep -q ready truth; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || fail "the program did not start: $(cat err)"
	sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
pid=
expect_truth base2 truth
expect_truth base truth
status 0 "$heapprof_digest" base2
grep -qi 'kill\|still run\|ended' err ||
	fail "a killed program is not mentioned: '$(cat err)'"
grep -q '^heapprof-report: ' running.err || fail "$(cat running.err)"
