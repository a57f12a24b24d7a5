#!/bin/sh
# SPDX-License-Identifier: MIT
# The same profile gives the same bytes: every view in every format, made again
# in another folder, from memory that is filled with something else.
. "$(dirname "$0")/lib.sh"
need perl python3

# words OPTION: what --help lists for it
words()
{
	"$heapprof_report" --help | awk -v option="--$1=" '
	index($0, "--") { on = index($0, option) }
	on { sub(/.*=[A-Z]* */, ""); gsub(/\(default\)/, ""); print }'
}

export PERL_HASH_SEED=0
record all -q -s all -- perl "$workloads/text.pl" >/dev/null 2>&1 ||
	fail "not recorded"
record some -q --seed=3 -- perl "$workloads/text.pl" >/dev/null 2>&1 ||
	fail "not recorded"
mkdir there || exit 1
for base in all some; do
	"$heapprof_digest" -q -j 1 -o $base.hpc $base || fail "$base: no digest"
	cp $base.hpm $base.hpd there
	for jobs in 1 2 4; do
		(cd there && MALLOC_PERTURB_=$((85 * jobs / 2)) ANOTHER=$jobs \
			"$heapprof_digest" -q -j $jobs -o $base.hpc $base) ||
			fail "$base, -j $jobs: no digest"
		same "digest of $base" $base.hpc there/$base.hpc
	done
done

# also_log FORMAT: is more known of the log than of its digest?
also_log()
{
	case $1 in
	pprof | heaptrack | dhat | firefox) ;;
	*) return 1 ;;
	esac
}

views=$(words view) formats=$(words format) nr=0
for base in all some; do
	for view in $views; do
		for format in $formats; do
			case $view in
			compare) compare=--compare=start,peak ;;
			*) compare= ;;
			esac
			"$heapprof_report" -q --view=$view --format=$format \
				$compare $base.hpc >first 2>err
			case $? in
			0) ;;
			2) continue ;; # the view has no such format
			*) fail "$view, $format: $(cat err)" ;;
			esac
			nr=$((nr + 1))
			profile=$base # the log, where that is not enough
			if also_log $format; then
				profile=$base.hpc
			fi
			(cd there && MALLOC_PERTURB_=170 ANOTHER=variable \
				"$heapprof_report" -q --view=$view \
				--format=$format $compare $profile) \
				>second 2>err ||
				fail "$view, $format again: $(cat err)"
			same "$base, $view, $format" first second
			[ -s first ] || fail "$base, $view, $format: empty"
			also_log $format || continue
			"$heapprof_report" -q --view=$view --format=$format \
				$base >first 2>err &&
				(cd there && MALLOC_PERTURB_=170 \
					"$heapprof_report" -q --view=$view \
					--format=$format $base) >second 2>err ||
				fail "$view, $format of a log: $(cat err)"
			same "$base, $view, $format of a log" first second
		done
	done
done
[ $nr -ge 24 ] || fail "only $nr reports compared, of $views in $formats"

# Another program of the same bytes: with exact sampling all but times and
# addresses of a run are the next run's.
record again -q -s all -- perl "$workloads/text.pl" >/dev/null 2>&1
for base in all again; do
	report -q --format=json --view=top -n 1000 $base >top.json ||
		fail "$base: no report"
	json top.json '"\n".join(sorted(str((r["function"], r["self"]))
		for r in d["rows"])), d["total"]' >$base.top
done
same "another run" all.top again.top
