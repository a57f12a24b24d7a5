#!/bin/sh
# SPDX-License-Identifier: MIT
# In a folder that all may write to, nobody makes us write to another's file:
# what has been put there beforehand is replaced, never written through.
. "$(dirname "$0")/lib.sh"

mkdir -m 0777 shared
mkdir precious
base=shared/p

# lay HOW FILE...: somebody was there before
lay()
{
	how=$1
	shift
	rm -f precious/*
	for file; do
		rm -f "shared/$file"
		echo precious >"precious/$file"
		case $how in
		link) ln -s "$PWD/precious/$file" "shared/$file" ;;
		hard) ln "precious/$file" "shared/$file" ;;
		new) ln -s "$PWD/precious/new-$file" "shared/$file" ;;
		device) ln -s /dev/full "shared/$file" ;;
		fifo) mkfifo "shared/$file" ;;
		esac
	done
}

# check MODE FILE...: these are files of ours, and no other was written to
check()
{
	mode=$1
	shift
	for file; do
		expect "$how: $file" "regular file $mode" \
			"$(stat -c '%F %a' "shared/$file")"
		[ "$(cat "precious/$file")" = precious ] ||
			fail "$how: what was in the place of $file has changed"
		[ ! -e "precious/new-$file" ] || fail "$how: $file is elsewhere"
	done
}

umask 0
for how in link hard new device fifo; do
	lay $how p.hpm p.hpd p.hpc
	record $base -q -s all -- "$programs/sampling" 100 >out ||
		fail "$how: heapprof-run: status $?"
	check 600 p.hpm p.hpd
	[ ! -L $base.hpc ] && [ ! -e $base.hpc ] ||
		fail "$how: the digest of another profile is left"
	lay $how p.hpc
	status 0 "$heapprof_digest" -q $base
	check 600 p.hpc
done

# A report is as readable as a shell would make it.  Who names a FIFO or a
# device as its output means that.
umask 022
for how in link hard new; do
	lay $how top.json
	status 0 "$heapprof_report" --view=top -o shared/top.json $base
	check 644 top.json
done
