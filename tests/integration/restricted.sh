#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that deprive themselves of files, privileges, descriptors or system
# calls, some on pain of death.  They run as without us, and what could not be
# recorded after that is counted.
. "$(dirname "$0")/lib.sh"
. "$here/lost.sh"
need python3

skipped=

# restricted NAME STATUS REASON: the report exits with STATUS, and says that
# recording ended for the REASON, or did not end early where that is empty
restricted()
{
	run "$programs/churning" 8 "$1" >native.out 2>err </dev/null
	native=$?
	if [ $native -eq 77 ]; then
		skipped="$skipped $1"
		return
	fi
	record "$1" -s all -- "$programs/churning" 8 "$1" >ours.out 2>ours.err \
		</dev/null
	expect "$1: exit status" $native $?
	same "$1: standard output" native.out ours.out
	report --format=json "$1" >"$1.json" 2>"$1.err"
	expect "$1: exit status of the report" "$2" $?
	if [ -n "$3" ]; then
		grep -q "recording ended early, after .*$3; " "$1.err" ||
			fail "$1: no reason: $(cat "$1.err")"
	else
		grep "recording ended" "$1.err" && fail "$1: see above"
	fi
}

for name in seccomp-kill seccomp-syscall seccomp-errno; do
	restricted $name 3 "Operation not permitted"
	accounted $name ""
	# What was reserved is used.
	expect "$name: recorded" True \
		"$(json $name.json 'd["events"]["recorded"] > 300000')"
done
restricted seccomp-strict 0 "Operation not permitted"
expect "seccomp-strict: seen" 100000 "$(json seccomp-strict.json \
	'd["events"]["seen"]')"

restricted setuid 3 "Permission denied"
accounted setuid ""
restricted chroot 3 "No such file or directory"
accounted chroot ""
restricted fsize 3 "File too large"
accounted fsize ""
restricted nofile 3 ""
accounted nofile ""
restricted as 3 ""
accounted as ""

restricted closefrom 0 ""
expect "closefrom: recorded" 800000 \
	"$(json closefrom.json 'd["events"]["recorded"]')"

[ -z "$skipped" ] || skip "not permitted here:$skipped"
