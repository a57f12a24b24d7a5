#!/bin/sh
# SPDX-License-Identifier: MIT
# redis-server, which brings jemalloc and threads, under redis-benchmark on
# loopback.
. "$(dirname "$0")/lib.sh"
. "$here/real.sh"
need redis-server redis-cli redis-benchmark python3

server=
at_exit=stop
stop()
{
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
}

port=$(python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')

cli()
{
	run redis-cli -p "$port" "$@"
}

# What every server is asked; its answers go to standard output.
questions()
{
	cli set greeting hello
	cli debug populate 30000 key 100
	cli eval 'local s = {} for i = 1, 20000 do s[i] = tostring(i) .. "x" end
		return #table.concat(s)' 0
	cli rpush list a b c d e f
	cli lrange list 0 -1
	cli get key:29999
	cli append greeting " world"
	cli strlen greeting
	cli dbsize
	run redis-benchmark -p "$port" -t set,get,lpush,hset -n 20000 -r 5000 \
		-d 64 -c 10 -P 4 -q >/dev/null && echo "benchmark fine"
	cli del key:1 greeting
}

# serve OUTPUT COMMAND...: COMMAND with the server's arguments, its answers,
# and its exit status in $served
serve()
{
	answers=$1
	shift
	"$@" --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
		--daemonize no --enable-debug-command local --dir "$tmp" \
		>server.out 2>server.err </dev/null &
	server=$!
	tries=0
	until cli ping 2>/dev/null | grep -q PONG; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || fail "no server: $(cat server.*)"
		sleep 0.1
	done
	questions >"$answers" 2>&1
	cli shutdown nosave >/dev/null 2>&1
	wait $server
	served=$?
	server=
}

serve native.out redis-server
native=$served
COUNTER_OUTPUT=$PWD/counts COUNTER_PROGRAM=$(basename "$(exe redis-server)")
LD_PRELOAD_OF_SERVER=$programs/.libs/libcounter.so
counted()
{
	COUNTER_OUTPUT=$COUNTER_OUTPUT COUNTER_PROGRAM=$COUNTER_PROGRAM \
		LD_PRELOAD=$LD_PRELOAD_OF_SERVER \
		exec "$heapprof_run" -o base -s all -- redis-server "$@"
}
serve ours.out counted
expect "exit status" "$native" "$served"
same "answers" native.out ours.out
grep -q 'benchmark fine' ours.out || fail "the benchmark failed"
summary base
# Background threads free what the main thread allocated: the order of the
# events in flight at the peak is not known.
compare_counts 0.001

command -v heaptrack >/dev/null || skip "heaptrack is not installed"
serve ignored.out "$heapprof_run" -q -o sites -s all -- redis-server
serve ignored.out heaptrack -o theirs redis-server
# Two runs, timers among them: 5%
compare_sites 0.05
