# SPDX-License-Identifier: MIT
# Profiles for the tests of formats that other programs read; sourced after
# lib.sh.  Each compares what that program says with our own reports.

need ld python3
export HOME="$tmp"

# export_record BASE [OPTION...]: the linker, on the C library.  Nothing is
# folded into "other".
export_record()
{
	export_base=$1
	shift
	record "$export_base" -q "$@" -- ld -r -o linked.o --whole-archive \
		--no-warnings "$(${CC:-cc} -print-file-name=libc.a)" \
		>ld.log 2>&1 || fail "recording ld: $(cat ld.log)"
	export_digest "$export_base"
}

# export_digest BASE
export_digest()
{
	run "$heapprof_digest" -q --precision=0 "$1" 2>digest.err ||
		fail "$(cat digest.err)"
}

# export_to FILE BASE [OPTION...]
export_to()
{
	export_file=$1 export_base=$2
	shift 2
	report -q -o "$export_file" "$@" "$export_base" 2>export.err ||
		fail "heapprof-report -o $export_file: $(cat export.err)"
}

# export_tops BASE NAME [OPTION...]: NAME.METRIC.json, tables of all functions
export_tops()
{
	export_base=$1 export_name=$2
	shift 2
	for metric in live live-count allocated count; do
		report -q --view=top --format=json -n 1000000 \
			--metric=$metric "$@" "$export_base" \
			>"$export_name.$metric.json" 2>export.err ||
			fail "top by $metric: $(cat export.err)"
	done
}
