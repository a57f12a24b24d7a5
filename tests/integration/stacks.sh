#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Our stacks against libunwind's, in real programs and in hard ones.
# stackcheck.so compares; see there.  STACKCHECK_EVERY=1 compares every one.
#
#	stacks.sh PROGRAM [ARG...]
#
# compares those of that program only.

set -u
build=${top_builddir:-.}
check=$(cd "$build" && pwd)/.libs/stackcheck.so
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
missing=

fail() {
	echo "FAIL: $*"
	failed=1
}

# number N: the Nth count of the last run.
number() {
	od -An -v -tu8 -w8 "$dir/counts" | sed -n "$1 s/ //gp"
}

# compare NAME EVERY COMMAND...: output and status as without us, stacks alike.
compare() {
	name=$1 every=${STACKCHECK_EVERY:-$2}
	shift 2
	if ! command -v "$1" >"$dir/which"; then
		missing="$missing $1"
		return
	fi
	rm -f "$dir/counts" "$dir/counts.differ"
	timeout 120 "$@" >"$dir/expected" 2>&1 </dev/null
	expected=$?
	timeout 300 env STACKCHECK_OUTPUT="$dir/counts" \
		STACKCHECK_EVERY="$every" LD_PRELOAD="$check" \
		"$@" >"$dir/got" 2>&1 </dev/null
	got=$?
	[ "$got" = "$expected" ] || fail "$name: status $got, not $expected"
	cmp -s "$dir/expected" "$dir/got" || fail "$name: other output"
	if [ ! -s "$dir/counts" ]; then
		fail "$name: nothing was compared"
		return
	fi
	same=$(number 1) no_table=$(number 2) differ=$(number 3)
	echo "$name: $same stacks alike, $no_table end where no table is," \
		"$differ differ, $(($(number 4) / (same + no_table + differ + 1)))" \
		"frames on average"
	[ "$same" -ge 100 ] || fail "$name: only $same stacks"
	if [ "$differ" != 0 ]; then
		fail "$name: stacks differ"
		head -100 "$dir/counts.differ"
	fi
}

# Every frame of these has a table.
compare_all() {
	compare "$@"
	[ "${no_table:-0}" = 0 ] || fail "$1: code without table"
}

if [ $# -gt 0 ]; then
	compare "$1" 1 "$@"
	[ -z "$missing" ] || fail "$1: not found"
	exit "$failed"
fi

seq 1 3000 | sed 's/.*/insert into t values(&, "text &");/' >"$dir/in.sql"
cat >"$dir/query.sql" <<EOF
create table t(a integer primary key, b text);
begin;
.read $dir/in.sql
commit;
create index i on t(b);
select count(*), sum(length(b)) from t where b like '%7%' group by a % 10;
EOF
compare_all sqlite3 7 sqlite3 :memory: ".read $dir/query.sql"

compare_all perl 7 perl -e 'my %h; for my $i (1..20000)
	{ push @{$h{$i % 997}}, "value $i" x 3 }
	print join(",", map { scalar @{$h{$_}} } sort keys %h), "\n";
	print eval("sort { \$a <=> \$b } (3, 1, 2)"), "\n"'

cat >"$dir/work.py" <<'EOF'
import collections, json, re
data = {str(i): [i, {"x": "y" * (i % 50)}] for i in range(2000)}
text = json.dumps(data, indent=1)
words = collections.Counter(re.findall(r"\w+", text))
print(len(json.loads(text)), words.most_common(3))
EOF
# Not a wrapper script of that name.
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
export PYTHONMALLOC=malloc
compare_all python3 31 "${python:-python3}" "$dir/work.py"

{
	echo '<all>'
	seq 1 2000 | sed 's/.*/<item id="&"><name>n &<\/name><\/item>/'
	echo '</all>'
} >"$dir/in.xml"
cat >"$dir/sheet.xsl" <<'EOF'
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="xml"/>
<xsl:template match="/all"><r><xsl:apply-templates select="item">
<xsl:sort select="name"/></xsl:apply-templates></r></xsl:template>
<xsl:template match="item"><i n="{name}"><xsl:value-of select="@id * 2"/></i>
</xsl:template>
</xsl:stylesheet>
EOF
compare_all xsltproc 7 xsltproc "$dir/sheet.xsl" "$dir/in.xml"

export GIT_CONFIG_NOSYSTEM=1 HOME="$dir" GIT_PAGER=cat
if command -v git >/dev/null; then
	git init -q "$dir/repo"
	seq 1 200 | while read -r i; do
		printf 'commit refs/heads/main\ncommitter A <a@b> %s +0000\n' \
			$((1600000000 + i * 1000))
		printf 'data 9\nchange %02d\n' $((i % 100))
		printf 'M 100644 inline f%s\ndata 5\nx%03d\n\n' $((i % 17)) "$i"
	done | git -C "$dir/repo" fast-import --quiet
fi
compare_all 'git log' 3 git -C "$dir/repo" log --stat -p main

cat >"$dir/in.c" <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <unistd.h>
struct node { struct node *l, *r; int key; double v[4]; };
static struct node *add(struct node *n, int key)
{
	if (!n) { n = calloc(1, sizeof(*n)); n->key = key; return n; }
	if (key < n->key) n->l = add(n->l, key); else n->r = add(n->r, key);
	for (int i = 0; i < 4; i++) n->v[i] += sin(key * i);
	return n;
}
int main(void) { struct node *n = 0; for (int i = 0; i < 99; i++)
	n = add(n, i * 31 % 97); printf("%d %f\n", n->key, n->v[3]); }
EOF
cat >"$dir/in.cc" <<'EOF'
#include <algorithm>
#include <map>
#include <string>
#include <vector>
int main() { std::map<std::string, std::vector<int>> m;
	for (int i = 0; i < 9; i++) m[std::to_string(i % 3)].push_back(i);
	for (auto &e : m) std::sort(e.second.begin(), e.second.end());
	return static_cast<int>(m.size()); }
EOF
multiarch="-imultiarch $(gcc -print-multiarch)"
cc1=$(gcc -print-prog-name=cc1)
compare_all cc1 11 "$cc1" -quiet -O2 $multiarch \
	"$dir/in.c" -o "$dir/out.s"
cc1plus=$(gcc -print-prog-name=cc1plus)
compare_all cc1plus 211 "$cc1plus" -quiet -O2 $multiarch \
	-D_GNU_SOURCE "$dir/in.cc" -o "$dir/out.s"

# The last instructions of libgcc before a handler have a table that is wrong;
# a timer may come there.
compare exceptions 1 "$build/tests/programs/throw"
[ "${no_table:-0}" -le 3 ] || fail "exceptions: stopped too often"

# In these 20 rounds we stop where libunwind may go on by guessing: twice in
# assembly without a table, twice where libgcc, at work, cannot be asked.
cp "$build/tests/programs/torture" "$dir/torture-stripped"
strip "$dir/torture-stripped"
for program in "$build/tests/programs/torture" \
	"$build/tests/programs/torture-fp" "$dir/torture-stripped"; do
	compare "${program##*/}" 1 "$program" "$build/.libs/plugin-small.so" \
		"$build/.libs/plugin-large.so"
	[ "${no_table:-0}" -le 90 ] || fail "$program: stopped too often"
	grep -qx 'same place' "$dir/got" ||
		echo "note: plug-ins were not loaded at the same address"
done

if [ -n "$missing" ]; then
	echo "SKIP: not installed:$missing"
	[ "$failed" = 0 ] && exit 77
fi
exit "$failed"
