#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that are not ours, with threads, children, signals, garbage
# collectors and allocators of their own, do what they do without us: output,
# files, exit status and signal, recorded alone or with all their children.
. "$(dirname "$0")/lib.sh"
need python3

missing=
time_limit=300

# there NAME TOOL: is it installed?
there()
{
	command -v "$2" >/dev/null && return
	missing="$missing $2"
	return 1
}

tidy=cat
children=-qc

# try NAME COMMAND...: standard output, as $tidy leaves it, standard error and
# the status; and a result in the file out, if there is one
try()
{
	name=$1
	shift
	rm -f result
	run "$@" >native.out 2>native.err </dev/null
	native=$?
	[ ! -e result ] || mv result native.result
	for options in -q $children "-qs all"; do
		# shellcheck disable=SC2086
		record base $options -- "$@" >ours.out 2>ours.err </dev/null
		expect "$name $options: exit status" $native $?
		$tidy native.out >native.tidy
		$tidy ours.out >ours.tidy
		same "$name $options: standard output" native.tidy ours.tidy
		$tidy native.err >native.tidy
		$tidy ours.err >ours.tidy
		same "$name $options: standard error" native.tidy ours.tidy
		[ ! -e result ] ||
			same "$name $options: result" native.result result
		[ -s base.hpm ] || fail "$name $options: not recorded"
		rm -f base*
	done
}

# Addresses are new each time.
hide_numbers()
{
	sed 's/0x[0-9a-f]*/0x/' "$1"
}

# Its children show what is preloaded into them.
tidy=hide_numbers children=
try ldd ldd /bin/bash
tidy=cat children=-qc
there bash bash && try bash bash "$workloads/shell.sh"
there perl perl && try perl perl "$workloads/fork.pl"

# The interpreter itself: what is called python3 may be a script.
python=$(python3 -c 'import sys; print(sys.executable)')
try python3 "$python" "$workloads/threads.py"

if there git git; then
	run git init -q work
	cp "$workloads"/* work
	for i in 1 2 3; do
		echo $i >>work/page.html
		run git -C work add . && run git -C work -c user.name=me \
			-c user.email=me@example.com commit -qm $i ||
			fail "git commit"
	done
	try git git -C work --no-pager log --stat -p
	try git-archive git -C work archive -o ../result HEAD
	try git-gc git -C work gc --quiet --prune=now
fi

there gcc gcc && try gcc gcc -pipe -O2 -g -D_GNU_SOURCE -c -o result \
	"$here/../programs/threading.c"

# Its runtime asks the kernel rather than libc.
there go go && try go go version

# What is called node may be a script, too; it says where it is.
there node node &&
	try node "$(node -p process.execPath)" "$workloads/work.js"

if there java javac; then
	run javac -d . "$workloads/Work.java" || fail javac
	home=$(java -XshowSettings:properties -version 2>&1 |
		sed -n 's/ *java.home = //p')
	try java "$home/bin/java" -cp . Work
fi

# It writes to standard error what it misses, with times, in any order.
chromium()
{
	"$@" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--no-first-run --disable-extensions --user-data-dir="$tmp/data" \
		--virtual-time-budget=2000 --dump-dom \
		"file://$workloads/page.html" 2>chromium.err </dev/null
}

# What is called chromium is a script around it.
for chromium in /usr/lib/chromium/chromium /usr/lib/chromium-browser/chromium; do
	[ ! -x $chromium ] || break
done
if there chromium $chromium; then
	chromium run $chromium >native.out || fail "chromium: status $?"
	grep -q "a page with 2000 items" native.out ||
		fail "chromium: $(cat native.out)"
	for options in -q -qc; do
		chromium record base $options -- $chromium >ours.out ||
			fail "chromium $options: status $?: $(cat chromium.err)"
		same "chromium $options: standard output" native.out ours.out
		rm -f base*
	done
fi

[ -z "$missing" ] || skip "not installed:$missing"
