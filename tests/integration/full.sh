#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that cannot grow any more: the disk is full, a limit is reached, they
# were deleted, nothing may be opened.  The program goes on as without us; the
# profile says when and why, and how many events are not in it.
. "$(dirname "$0")/lib.sh"
. "$here/lost.sh"
need prlimit python3

pid=
skipped=
at_exit='clean_up'
clean_up()
{
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
	umount disk butter 2>/dev/null
}

rounds=8
run "$programs/churning" $rounds >native.out </dev/null || fail "status $?"

# interrupted BASE WORDS [STATUS]: recording ended before the program, for the
# reason that WORDS are; reports exit with STATUS
interrupted()
{
	same "$1: standard output" native.out ours.out
	grep -q "^heapprof: .*$2.*recording ended before" ours.err ||
		fail "$1: the end is not mentioned: $(cat ours.err)"
	report --format=json "$1" >"$1.json" 2>"$1.err"
	expect "$1: exit status of the report" "${3:-3}" $?
	grep -q "recording ended early, after .*$2" "$1.err" ||
		fail "$1: the report does not say why: $(cat "$1.err")"
}

# A limit of the process.  The signal that it brings is not for us.
(
	ulimit -f 3000
	record limited -s all -- "$programs/churning" $rounds
) >ours.out 2>ours.err </dev/null || fail "ulimit -f: status $?"
interrupted limited "File too large"
accounted limited ""
expect "events after the end" "$(json limited.json 'd["events"]["lost"]')" \
	"$(later limited)"

# What was asked for is no loss.
record sized -s all --max-size=3M -- "$programs/churning" $rounds >ours.out \
	2>ours.err </dev/null || fail "--max-size: status $?"
interrupted sized "size limit" 0
expect "--max-size: lost" 0 "$(json sized.json 'd["events"]["lost"]')"
accounted sized "$(later sized)"
size=$(($(stat -c %s sized.hpm) + $(stat -c %s sized.hpd)))
[ $size -le $((3 << 20)) ] && [ $size -gt $((2 << 20)) ] ||
	fail "--max-size=3M: $size bytes"

# start BASE: stops after the first round; step goes on to the next one
start()
{
	rm -f line ours.out
	mkfifo line
	"$heapprof_run" -s all -o "$1" -- "$programs/churning" $rounds \
		>ours.out 2>ours.err <line &
	pid=$!
	exec 9>line
	reach 1
}

reach()
{
	tries=0
	until grep -q "round $1\$" ours.out; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "no round $1: $(cat ours.*)"
		sleep 0.1
	done
}

step()
{
	echo >&9
	reach "$1"
}

# Without further stops.
finish()
{
	exec 9>&-
	wait "$pid" || fail "$1: status $?"
	pid=
	same "$1: standard output" native.out ours.out
}

# As root too, no program gets more descriptors than that; ours get them back.
start poor
prlimit --pid "$pid" --nofile=3:1024
for round in 2 3 4 5 6 7; do
	step $round
done
prlimit --pid "$pid" --nofile=1024:1024
finish poor
report --format=json poor >poor.json 2>poor.err
expect "no descriptors: exit status of the report" 3 $?
accounted poor ""
grep -q "events were lost while recording; blocks .*seem not to be freed" \
	poor.err || fail "no descriptors: $(cat poor.err)"
python3 - <<'P' || fail "no descriptors: the last round is not there"
import json
d = json.load(open("poor.json"))
print(d["end"])
assert d["end"]["time_s"] > 0.9 * d["duration_s"]
assert d["events"]["recorded"] > 150000
P

# Moved, it cannot grow, but can be read.
start moved
mv moved.hpm elsewhere.hpm
mv moved.hpd elsewhere.hpd
finish moved
interrupted elsewhere "No such file"
accounted elsewhere ""

# What somebody else put in its place is none of our business.
start replaced
echo precious >file
mv file replaced.hpd
finish replaced
grep -q "^heapprof: .*replaced.*Stale.*recording ended before" ours.err ||
	fail "replaced: $(cat ours.err)"
expect "replaced.hpd" precious "$(cat replaced.hpd)"

# Truncated while the program does nothing else: seen before more is written.
start cut
sleep 0.1
truncate -s 100000 cut.hpd
finish cut
interrupted cut "Stale file handle"
grep -q "cut.hpd: cut at offset 100000; read up to there" cut.err ||
	fail "truncated: $(cat cut.err)"
expect "truncated: seen" "$(sed -n 's/truth allocations //p' native.out)" \
	"$(json cut.json 'd["events"]["seen"]')"

# Deleted with all around it.
mkdir folder
start folder/deleted
rm -r folder
finish deleted
grep -q "^heapprof: .*deleted.*No such.*recording ended before" ours.err ||
	fail "deleted: $(cat ours.err)"
expect "what is left" "" "$(find . -name '*deleted*')"

# Where nothing can be set aside for the files, that is said beforehand.
on_btrfs()
{
	command -v mkfs.btrfs >/dev/null || return
	truncate -s 128M image && mkfs.btrfs -q -M image >mkfs.log 2>&1 &&
		mkdir butter && mount -o loop image butter 2>>mkfs.log
}
if on_btrfs; then
	record butter/noted -- "$programs/churning" 1 >out 2>ours.err \
		</dev/null || fail "btrfs: status $?"
	grep -q "^heapprof-run: .*butter: on btrfs, " ours.err ||
		fail "btrfs: $(cat ours.err)"

	# Older kernels want room to write even what is in its place.
	if [ "$(printf '%s\n' 6.18 "$(uname -r)" | sort -V | head -n 1)" = 6.18 ] &&
		btrfs quota enable butter >>mkfs.log 2>&1 &&
		btrfs subvolume create butter/meagre >>mkfs.log &&
		btrfs qgroup limit 6M butter/meagre; then
		mv native.out usual.out
		run "$programs/churning" 16 >native.out </dev/null
		record butter/meagre/sated -s all -- "$programs/churning" 16 \
			>ours.out 2>ours.err </dev/null ||
			fail "quota: status $?"
		sed -i '/^heapprof-run: /d' ours.err
		cp butter/meagre/sated.* .
		interrupted sated "Disk quota exceeded"
		accounted sated ""
		mv usual.out native.out
	else
		skipped="; no quota can be had on btrfs"
	fi
else
	skipped="; btrfs cannot be made or mounted"
fi

mkdir disk
mount -t tmpfs -o size=3m none disk 2>/dev/null ||
	skip "no tmpfs can be mounted here, so no disk was full$skipped"
record disk/full -s all -- "$programs/churning" $rounds >ours.out 2>ours.err \
	</dev/null || fail "full disk: status $?"
interrupted disk/full "No space left"
accounted disk/full ""

# Full before anything begins: not recorded, and that is said.
rm disk/*
head -c 2900000 /dev/zero >disk/rubbish
record disk/none -s all -- "$programs/churning" $rounds >ours.out 2>ours.err \
	</dev/null || fail "no room at the start: status $?"
same "no room at the start: standard output" native.out ours.out
grep -q "^heapprof: .*disk/none.*No space left.*not recorded" ours.err ||
	fail "no room at the start: $(cat ours.err)"
expect "what is left" disk/rubbish "$(echo disk/*)"

mount -o remount,ro disk || fail "cannot be mounted read-only"
LD_PRELOAD=${HEAPPROF_PRELOAD:-$builddir/.libs/libheapprof-preload.so} \
	HEAPPROF_OUTPUT=disk/none run "$programs/churning" $rounds >ours.out \
	2>ours.err </dev/null || fail "read-only: status $?"
same "read-only: standard output" native.out ours.out
grep -q "^heapprof: .*disk/none.*Read-only.*not recorded" ours.err ||
	fail "read-only: $(cat ours.err)"

[ -z "$skipped" ] || skip "${skipped#; }"
