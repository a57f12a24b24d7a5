#!/bin/sh
# SPDX-License-Identifier: MIT
# --children: every process in files of its own, however it came to be, and
# whatever the program did to the environment of its children.
. "$(dirname "$0")/lib.sh"
need python3 env

# program_of BASE: the name that it was called by
program_of()
{
	report --format=json "$1" >one.json 2>err || fail "$1: $(cat err)"
	json one.json 'd["program"][0]'
}

# An environment that our variables are not in.
cat >alone <<'END'
#!/bin/sh
[ "$ALONE" = 1 ]
END
chmod +x alone
record base -c -q -s all -- "$programs/spawning" "$tmp/alone" >out 2>err
expect "exit status of the children" 0 $?
expect "messages" '' "$(cat err)"
expect "ways to start a child" 14 "$(wc -l <out)"
while read -r child how pid; do
	expect "line" child "$child"
	# A forked child that allocates before it becomes another one has both.
	image=base.$pid
	[ "$how" != clearenv ] || image=base.$pid.2
	expect "$how" /bin/sh "$(program_of "$image")"
done <out
expect "profile of the parent" "$programs/spawning" "$(program_of base)"

# Without --children there is none of them.
rm -f base*
record base -q -s all -- "$programs/spawning" "$tmp/alone" >out 2>err
expect "files" "base.hpd base.hpm" "$(echo base*.hp?)"

# Only what is ours is added, and who asks is always the parent.
tidy()
{
	grep -v -e '^HEAPPROF_[A-Z_]*=' -e '^LD_PRELOAD=' | sort
}
run "$programs/executing" | sort >native.env
record base -c -q -s all -- "$programs/executing" | tidy >ours.env
same "environment of the children" native.env ours.env

# One process, four programs: BASE, BASE.PID, BASE.PID.2, BASE.PID.3.
rm -f base*
record base -c -q -s all -- env nice env -i A=1 sh -c 'echo $$' >pid
expect "exit status" 0 $?
pid=$(cat pid)
expect env "$(program_of base)" env
expect nice nice "$(program_of "base.$pid")"
expect "second env" env "$(program_of "base.$pid.2")"
expect shell sh "$(program_of "base.$pid.3")"
expect "digests" 4 "$(ls base*.hpm | wc -l)"
COLUMNS=120 report base >page 2>err || fail "$(cat err)"
grep -qx "  children  3: nice in base.$pid, env in base.$pid.2, sh in base.$pid.3" \
	page || fail "the children are not named: $(cat page)"
report --format=json "base.$pid" >one.json 2>err || fail "$(cat err)"
expect "children of nice" "[[$pid, $pid, 'env'], [$pid, $pid, 'sh']]" "$(json \
	one.json '[[c["pid"], c["parent"], c["program"]] for c in d["children"]]')"
expect "children of the shell" None "$(report --format=json "base.$pid.3" \
	>one.json 2>err; json one.json 'd.get("children")')"

# The name is made for the first process, wherever the others are.
mkdir folder
record "folder/%n-%p-%%" -c -q -s all -- sh -c 'cd / && ls -d / && echo $$' >out
pid=$(tail -n 1 out)
expect "files of a pattern" 2 "$(ls folder/sh-"$pid"-%*.hpm | wc -l)"
expect "the first one" sh "$(program_of "folder/sh-$pid-%")"

# A recording within a recording is its own.
record outer -c -q -s all -- \
	"$heapprof_run" -q -s all -o inner env >out 2>err
expect "exit status" 0 $?
! grep -e '^HEAPPROF_' -e '^LD_PRELOAD=' out ||
	fail "the inner recording is not its own"
expect "files of the inner one" "inner.hpd inner.hpm" "$(echo inner*.hp?)"

# A child that may not write there runs as without us, and nobody is told.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	rm -f base*
	record base -c -- setpriv --reuid=65534 --clear-groups sh -c \
		'ls -d / && ls -d /nowhere' >out 2>err
	expect "other user: exit status" 2 $?
	expect "other user: standard output" / "$(cat out)"
	expect "other user: standard error" \
		"ls: cannot access '/nowhere': No such file or directory" \
		"$(cat err)"
	expect "other user: files" "base.hpd base.hpm" "$(echo base*.hp?)"
fi

# By hand, with a name that is relative to where the first one starts.
rm -f base*
run env LD_PRELOAD="$builddir/.libs/libheapprof-preload.so" \
	HEAPPROF_OUTPUT=base HEAPPROF_CHILDREN=1 HEAPPROF_QUIET=1 \
	sh -c 'cd / && ls -d / && true' >out
expect "the first one" sh "$(program_of base)"
for child in base.*.hpm; do
	expect "the other one" ls "$(program_of "${child%.hpm}")"
done
