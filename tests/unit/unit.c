/* SPDX-License-Identifier: MIT */

/* Runs every suite; CK_RUN_SUITE=options runs the one of that module. */

#include <stdlib.h>

#include "unit.h"

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	srunner_add_suite(runner, again_suite());
	srunner_add_suite(runner, answers_suite());
	srunner_add_suite(runner, arena_suite());
	srunner_add_suite(runner, compare_suite());
	srunner_add_suite(runner, block_suite());
	srunner_add_suite(runner, boundary_suite());
	srunner_add_suite(runner, clock_suite());
	srunner_add_suite(runner, coverage_suite());
	srunner_add_suite(runner, determinism_suite());
	srunner_add_suite(runner, digest_suite());
	srunner_add_suite(runner, executable_suite());
	srunner_add_suite(runner, family_suite());
	srunner_add_suite(runner, flame_suite());
	srunner_add_suite(runner, dot_suite());
	srunner_add_suite(runner, flow_suite());
	srunner_add_suite(runner, follow_suite());
	srunner_add_suite(runner, golden_suite());
	srunner_add_suite(runner, growth_suite());
	srunner_add_suite(runner, gzip_suite());
	srunner_add_suite(runner, history_suite());
	srunner_add_suite(runner, history_log_suite());
	srunner_add_suite(runner, html_suite());
	srunner_add_suite(runner, holdings_suite());
	srunner_add_suite(runner, hpc_suite());
	srunner_add_suite(runner, hpd_suite());
	srunner_add_suite(runner, hpm_suite());
	srunner_add_suite(runner, heapprof_suite());
	srunner_add_suite(runner, json_suite());
	srunner_add_suite(runner, ldpreload_suite());
	srunner_add_suite(runner, latch_suite());
	srunner_add_suite(runner, list_suite());
	srunner_add_suite(runner, live_suite());
	srunner_add_suite(runner, log_suite());
	srunner_add_suite(runner, known_suite());
	srunner_add_suite(runner, lookup_suite());
	srunner_add_suite(runner, merge_suite());
	srunner_add_suite(runner, name_suite());
	srunner_add_suite(runner, names_suite());
	srunner_add_suite(runner, number_suite());
	srunner_add_suite(runner, options_suite());
	srunner_add_suite(runner, parse_suite());
	srunner_add_suite(runner, query_suite());
	srunner_add_suite(runner, pprof_suite());
	srunner_add_suite(runner, proto_suite());
	srunner_add_suite(runner, ranges_suite());
	srunner_add_suite(runner, rank_suite());
	srunner_add_suite(runner, read_suite());
	srunner_add_suite(runner, reader_suite());
	srunner_add_suite(runner, report_suite());
	srunner_add_suite(runner, rows_suite());
	srunner_add_suite(runner, sampler_suite());
	srunner_add_suite(runner, say_suite());
	srunner_add_suite(runner, scale_suite());
	srunner_add_suite(runner, timeline_suite());
	srunner_add_suite(runner, spread_suite());
	srunner_add_suite(runner, stack_suite());
	srunner_add_suite(runner, suggest_suite());
	srunner_add_suite(runner, symbols_suite());
	srunner_add_suite(runner, terminal_suite());
	srunner_add_suite(runner, top_suite());
	srunner_add_suite(runner, tree_suite());
	srunner_add_suite(runner, unwind_suite());
	srunner_add_suite(runner, v1_suite());
	srunner_add_suite(runner, v1log_suite());
	srunner_add_suite(runner, v1rate_suite());
	srunner_add_suite(runner, v1scan_suite());
	srunner_add_suite(runner, varint_suite());
	srunner_add_suite(runner, when_suite());
	srunner_add_suite(runner, plan_suite());
	srunner_add_suite(runner, windows_suite());
	srunner_add_suite(runner, wrapper_suite());

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
