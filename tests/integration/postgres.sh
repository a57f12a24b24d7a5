#!/bin/sh
# SPDX-License-Identifier: MIT
# PostgreSQL: initdb, a server that forks for each connection, and a short
# pgbench, on a socket of the test's own.
. "$(dirname "$0")/lib.sh"
need python3

for bin in /usr/lib/postgresql/*/bin /usr/bin; do
	[ ! -x "$bin/initdb" ] || break
done
[ -x "$bin/initdb" ] || skip "initdb is not installed"

# It does not run as root.
as_user=
if [ "$(id -u)" -eq 0 ]; then
	need setpriv
	as_user="setpriv --reuid=nobody --regid=nogroup --clear-groups"
	$as_user test -x "$heapprof_run" ||
		skip "nobody cannot execute $heapprof_run"
	chmod 777 .
fi
export HOME="$tmp" PGHOST="$tmp" PGDATABASE=postgres PGUSER=tester

server=
at_exit=stop
stop()
{
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
}

# as COMMAND...: by the user, with a time limit
as()
{
	# shellcheck disable=SC2086
	timeout -k 5 300 $as_user "$@"
}

sql()
{
	as "$bin/psql" -X -A -t -c "$1"
}

# serve OUTPUT COMMAND...: the server by COMMAND; its answers, and its exit
# status in $served
serve()
{
	answers=$1
	shift
	# shellcheck disable=SC2086
	$as_user "$@" -D data -k "$tmp" -c listen_addresses= -c fsync=off \
		-c shared_buffers=8MB >server.log 2>&1 </dev/null &
	server=$!
	tries=0
	until sql 'select 1' >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "no server: $(cat server.log)"
		sleep 0.1
	done
	{
		as "$bin/pgbench" -i -s 1 >/dev/null 2>&1 && echo filled
		as "$bin/pgbench" -c 4 -j 2 -t 100 | grep 'actually processed'
		sql 'select count(*), sum(aid) from pgbench_accounts'
		sql 'select count(*) from pgbench_history'
		sql "select md5(string_agg(n::text, ',')) from
			(select n from generate_series(1, 200000) n
			order by md5(n::text)) x"
	} >"$answers" 2>&1
	kill -INT "$server" # a fast shutdown
	wait "$server"
	served=$?
	server=
}

as "$bin/initdb" -D data --no-sync -U tester >native.out 2>&1 ||
	fail "initdb: $(cat native.out)"
serve native.answers "$bin/postgres"
native=$served
grep -q '400/400' native.answers || fail "pgbench: $(cat native.answers)"

for options in "-s all" -qc; do
	rm -rf data base*
	# shellcheck disable=SC2086
	as "$heapprof_run" $options -o base -- "$bin/initdb" -D data --no-sync \
		-U tester >ours.log 2>&1 || fail "initdb $options: $(cat ours.log)"
	grep -v '^heapprof' ours.log >ours.out
	same "initdb $options: output" native.out ours.out
	rm -f base*
	# shellcheck disable=SC2086
	serve ours.answers "$heapprof_run" $options -o base -- "$bin/postgres"
	expect "postgres $options: exit status" "$native" "$served"
	same "postgres $options: answers" native.answers ours.answers
	json_report base base.json
	expect "postgres $options: recorded" True \
		"$(json base.json 'd["events"]["recorded"] > 100')"
done
