#!/bin/sh
# SPDX-License-Identifier: MIT
# What DHAT's viewer shows in a browser is what our tables say: allocated over
# the run, live at the peak and at the end, in all and for each place.
. "$(dirname "$0")/lib.sh"
need chromium
viewer=/usr/libexec/valgrind/dh_view.html
[ -e "$viewer" ] || skip "$viewer of valgrind is not installed"
. "$here/export.sh"

# show PROFILE: dom.html
show()
{
	cp "${viewer%.html}.js" "${viewer%.html}.css" .
	python3 "$here/dhat.py" page "$1" "$viewer" page.html || fail "$1"
	run chromium --headless=new --no-sandbox --disable-gpu \
		--user-data-dir="$tmp/browser" --virtual-time-budget=20000 \
		--dump-dom "file://$tmp/page.html" >dom.html 2>err ||
		fail "chromium: $(tail -3 err)"
}

# compare PROFILE BASE TOLERANCE
compare()
{
	show "$1"
	python3 "$here/dhat.py" compare dom.html "$2-peak" "$2-end" "$3" ||
		fail "$1: see above"
}

export_record exact -s all
export_tops exact exact-peak --by=line
export_tops exact exact-end --by=line --at=end
export_to exact.dhat.json exact
compare exact.dhat.json exact 0
grep -q 'Command: .*ld -r -o linked.o .*sampled   every allocation' dom.html &&
	grep -q 'lost      nothing' dom.html || fail "the command"

# How long blocks lived.
report -q --view=lifetimes --format=json -n 1000000 exact >lives.json ||
	fail "lifetimes"
python3 "$here/dhat.py" lives exact.dhat.json lives.json ||
	fail "lifetimes, see above"

# A digest alone has the same figures, but for lifetimes.
export_to alone.dhat.json exact.hpc
compare alone.dhat.json exact 0
grep -q 'lifetimes of freed blocks' dom.html || fail "lifetimes are not told"

export_record sampled --seed=1
export_tops sampled sampled-peak --by=line
export_tops sampled sampled-end --by=line --at=end
export_to sampled.dhat.json sampled
compare sampled.dhat.json sampled 0.001

status 2 "$heapprof_report" --format=dhat --from=1ms exact
grep -q 'dhat has no use for --from' err || fail "$(cat err)"
