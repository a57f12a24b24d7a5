#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input: one clear line on standard error, which names what it is about,
# nothing on standard output, and the right exit status.
. "$(dirname "$0")/lib.sh"
need python3

run_tool=$heapprof_run digest=$heapprof_digest report=$heapprof_report
sampling=$programs/sampling

# bad STATUS WORD COMMAND...: fails with STATUS, one line with WORD in it
bad()
{
	bad_word=$2
	bad_status=$1
	shift 2
	status "$bad_status" "$@"
	grep -v "no digest yet; making it\$" err >lines
	expect "$*: lines on standard error" 1 "$(wc -l <lines)"
	grep -qF -- "$bad_word" err ||
		fail "$*: '$(cat err)' does not mention '$bad_word'"
	grep -q "^$(basename "$1"): ." err ||
		fail "$*: '$(cat err)' does not say who speaks"
	[ ! -s out ] || fail "$*: output: $(head -c 200 out)"
	no_leftovers "$*"
}

# no_leftovers WHAT: no digest, whole or temporary
no_leftovers()
{
	for file in *.hpc* .*.hpc* *.tmp; do
		[ ! -e "$file" ] || [ "$file" = keep.hpc ] ||
			fail "$1: left $file behind"
	done
}

# both STATUS WORD OPERAND: digest and report alike
both()
{
	bad "$1" "$2" "$digest" "$3"
	bad "$1" "$2" "$report" "$3"
}

# every_line WHAT WORD: standard error has lines, and each has WORD in it
every_line()
{
	[ -s err ] || fail "$1: nothing on standard error"
	[ "$(grep -cF -- "$2" err)" -eq "$(wc -l <err)" ] ||
		fail "$1: a line without '$2': $(cat err)"
}

record good -q -s all -- "$sampling" 50000 >good.out 2>err || fail "$(cat err)"

# --- files that are not there, or not what they should be
both 1 nosuch nosuch
both 1 nosuch/base nosuch/base
bad 1 nosuch.hpc "$report" nosuch.hpc
both 2 empty ''
mkdir empty && cd empty || exit 1
bad 1 directory "$digest"
bad 1 directory "$report"
cd ..

cp good.hpd alone.hpd
both 1 alone.hpm alone
cp good.hpm lonely.hpm
both 1 lonely.hpd lonely

: >void.hpm
: >void.hpd
both 1 void.hpm void
cp good.hpm half.hpm
: >half.hpd
both 1 half.hpd half
mkdir other
: >other/void.hpc
bad 1 void.hpc "$report" other/void.hpc
mkdir folder.hpm
both 1 folder folder

cp /bin/sh foreign.hpm
cp good.hpd foreign.hpd
both 1 foreign.hpm foreign
cp good.hpm foreign2.hpm
head -c 100000 /bin/sh >foreign2.hpd
both 1 foreign2.hpd foreign2
head -c 100000 /dev/zero >zeros.hpm
cp good.hpd zeros.hpd
both 1 zeros.hpm zeros
cp /bin/sh other/foreign3.hpc
bad 1 foreign3.hpc "$report" other/foreign3.hpc
status 1 sh -c "head -c 5000 /bin/sh | '$report' -"
expect "a foreign digest on standard input: lines" 1 "$(wc -l <err)"

# two halves of different recordings
record another -q -s all -- "$sampling" 50000 >/dev/null 2>&1
cp good.hpm mixed.hpm
cp another.hpd mixed.hpd
both 1 mixed mixed

# --- a newer version, checksums in order
python3 - <<'E' || fail "no newer file"
import struct


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


for end in ("hpm", "hpd"):
    data = bytearray(open("good." + end, "rb").read())
    assert data[64:72] == b"HEAPPROF" and data[72] == 2
    data[72] = 3
    used, = struct.unpack_from("<I", data, 8)
    block = data[:64 + used]
    block[5] = 0
    block[12:16] = bytes(4)
    struct.pack_into("<I", data, 12, crc32c(block))
    open("newer." + end, "wb").write(data)
E
both 1 newer newer
grep -qi version err || fail "'$(cat err)' does not speak of a version"

# --- usage
for interval in 0 abc -1 '' nan inf 1e999 5x; do
	bad 2 interval "$digest" --interval="$interval" good
done
bad 2 frobnicate "$digest" --frobnicate good
bad 2 frobnicate "$report" --frobnicate good
bad 2 frobnicate "$report" --view=frobnicate good
bad 2 frobnicate "$report" --format=frobnicate good
bad 2 frobnicate "$report" --metric=frobnicate good
bad 2 frobnicate "$report" --by=frobnicate good
bad 2 frobnicate "$report" --at=frobnicate good
bad 2 '(' "$report" --focus='(' good
bad 2 two "$report" one two
bad 2 two "$digest" one two
for precision in 2 -1 abc; do
	bad 2 "$precision" "$digest" --precision=$precision good
done

# bad_run STATUS WORD ARGUMENT...: the program does not start
bad_run()
{
	bad_status=$1 bad_word=$2
	shift 2
	bad "$bad_status" "$bad_word" "$run_tool" "$@" -- echo started
	[ ! -e base.hpm ] || fail "$*: there is a profile"
}

bad_run 125 frobnicate --frobnicate
for spec in abc '' 10:2 10:-1 10 10: :0.5 bytes=0 bytes=abc \
	10:0.5x '{10: 0.5' 10:nan; do
	bad_run 125 "$spec" -o base -s "$spec"
done
bad_run 125 10:0.2 -o base -s 10:0.1,10:0.2
bad_run 125 nosuch -o nosuch/base
bad_run 125 good.hpm -o good.hpm/base
bad 127 nosuchprogram "$run_tool" -o base nosuchprogram
bad 126 good.hpm "$run_tool" -o base ./good.hpm

# --- truncated: valid up to there, status 3, and what was read is a prefix
status 0 "$report" --view=events good
mv out events
rm -f good.hpc
python3 - <<'E' >cuts || fail "no cuts"
import struct
data = open("good.hpd", "rb").read()
slots = [i for i in range(0, len(data), 16384) if data[i:i + 4] != bytes(4)]
for i in (slots[1], slots[len(slots) // 3], slots[-1]):
    used, = struct.unpack_from("<I", data, i + 8)
    print(i + 64 + used // 2, i + 64 + used - 1, i + 70, i + 3)
E
for cut in $(cat cuts); do
	cp good.hpm cut.hpm
	head -c "$cut" good.hpd >cut.hpd
	status 3 "$digest" cut
	every_line "cut at $cut" cut.hpd
	status 3 "$report" --format=json cut
	mv out cut.json
	status 3 "$report" --view=events cut
	mv out cut.events
	python3 - "$cut" <<'E' || fail "cut at $cut: not a prefix"
import json
import sys


def events(path):
    """The lines below the header, which says what is lost."""
    lines = open(path).read().splitlines()
    first = [i for i, l in enumerate(lines) if l.split()[:1] == ["seconds"]]
    return lines[first[0]:]


whole = events("events")
part = events("cut.events")
count = json.load(open("cut.json"))["allocated"]["count"]["value"]
print("cut at", sys.argv[1], ":", len(part), "of", len(whole), "lines,",
      count, "allocations")
assert len(part) <= len(whole)
same = sum(a == b for a, b in zip(whole, part))
# the footer, if there is one, may differ
assert same >= len(part) - 2, (same, len(part))
assert count <= len(part)
assert count >= 0.4 * (len(part) - 5), (count, len(part))
E
	rm -f cut.*
done
for cut in 100 16384 30000; do
	cp good.hpd cut.hpd
	head -c $cut good.hpm >cut.hpm
	run "$digest" cut >out 2>err
	got=$?
	[ $got -eq 1 ] || [ $got -eq 3 ] ||
		fail "metadata cut at $cut: status $got: $(cat err)"
	every_line "metadata cut at $cut" cut.hp
	rm -f cut.*
done

# --- a digest cut short, or damaged
status 0 "$digest" -o other/whole.hpc good
for cut in 10 1000 $(($(wc -c <other/whole.hpc) - 1)); do
	head -c $cut other/whole.hpc >other/cut.hpc
	bad 1 cut.hpc "$report" other/cut.hpc
done

# --- places that cannot be written
if [ "$(id -u)" -eq 0 ]; then
	unwritable=/proc/sys
else
	unwritable=$tmp/readonly
	mkdir -m 555 readonly
fi
bad 125 $unwritable "$run_tool" -o $unwritable/base true
bad 1 $unwritable "$digest" -o $unwritable/x.hpc good
bad 1 nosuch/x.hpc "$digest" -o nosuch/x.hpc good
status 0 "$digest" good
cp good.hpc keep.hpc
# bad_output WORD COMMAND...: the failure names where the result was to go
bad_output()
{
	output_word=$1
	shift
	status 1 "$@"
	grep -qF -- "$output_word" err || fail "$*: '$(cat err)'"
}
bad_output /dev/full "$report" -o /dev/full keep.hpc
bad_output nosuch/out.txt "$report" -o nosuch/out.txt keep.hpc
bad_output 'standard output' sh -c "'$report' keep.hpc >/dev/full"
bad_output 'heapprof-digest: -' sh -c "'$digest' -o - good >/dev/full"
rm -f good.hpc

# --- a disk that fills up: the program does not notice, the profile is valid
# up to there, and both are said.

# filled BASE: after a recording in which BASE could not grow
filled()
{
	same "output on a full disk" big.out full.out
	expect "full disk: lines at the end" 1 "$(wc -l <full.err)"
	grep -qi 'space\|too large' full.err ||
		fail "full disk: '$(cat full.err)'"
	status 3 "$digest" -o "$tmp/full.hpc" "$1"
	grep -q "$1" err || fail "full disk: '$(cat err)'"
	status 3 "$report" --format=json full.hpc
	count=$(json out 'd["allocated"]["count"]["value"]')
	[ "$count" -gt 10000 ] || fail "full disk: only $count allocations"
	expect "full disk: losses are counted" True \
		"$(json out 'd["events"]["lost"] > 0')"
	rm -f full.hpc
}

# unstarted BASE: after a recording for which there was no room at all
unstarted()
{
	same "output without room" big.out full.out
	expect "no room: lines" 1 "$(wc -l <full.err)"
	grep -q "$1" full.err || fail "no room: '$(cat full.err)'"
}

run "$sampling" >big.out || fail "sampling: status $?"
# in blocks of 512 or 1024 bytes, by shell
(
	ulimit -f 10000
	record limited -s all -- "$sampling" >full.out 2>full.err
) || fail "file size limit: status $?: $(cat full.err)"
filled limited
(
	ulimit -f 100
	record unlimited -s all -- "$sampling" >full.out 2>full.err
) || fail "file size limit: status $?: $(cat full.err)"
unstarted unlimited

mkdir disk
if mount -t tmpfs -o size=6m none disk 2>/dev/null; then
	at_exit='umount disk'
	record disk/base -s all -- "$sampling" >full.out 2>full.err ||
		fail "full disk: status $?: $(cat full.err)"
	filled disk/base
	head -c 6000000 /dev/zero >disk/filler 2>/dev/null
	bad 1 disk/x.hpc "$digest" -o disk/x.hpc good
	expect "left on the full disk" "base.hpd base.hpm filler" \
		"$(cd disk && echo *)"
	record disk/again -s all -- "$sampling" >full.out 2>full.err ||
		fail "full disk: status $?: $(cat full.err)"
	unstarted disk/again
else
	echo "no tmpfs can be mounted: the file size limit stands in for it" >&2
fi
