/* SPDX-License-Identifier: MIT */
#pragma once

#include <check.h>

/* One suite a module, in the file of the same name.  See unit.c. */

Suite *again_suite(void);
Suite *answers_suite(void);
Suite *arena_suite(void);
Suite *block_suite(void);
Suite *boundary_suite(void);
Suite *coverage_suite(void);
Suite *determinism_suite(void);
Suite *digest_suite(void);
Suite *flame_suite(void);
Suite *flow_suite(void);
Suite *golden_suite(void);
Suite *growth_suite(void);
Suite *gzip_suite(void);
Suite *history_suite(void);
Suite *hpc_suite(void);
Suite *hpd_suite(void);
Suite *hpm_suite(void);
Suite *heapprof_suite(void);
Suite *json_suite(void);
Suite *live_suite(void);
Suite *log_suite(void);
Suite *lookup_suite(void);
Suite *name_suite(void);
Suite *names_suite(void);
Suite *number_suite(void);
Suite *options_suite(void);
Suite *parse_suite(void);
Suite *query_suite(void);
Suite *ranges_suite(void);
Suite *read_suite(void);
Suite *reader_suite(void);
Suite *report_suite(void);
Suite *rows_suite(void);
Suite *sampler_suite(void);
Suite *say_suite(void);
Suite *spread_suite(void);
Suite *stack_suite(void);
Suite *suggest_suite(void);
Suite *symbols_suite(void);
Suite *terminal_suite(void);
Suite *top_suite(void);
Suite *tree_suite(void);
Suite *unwind_suite(void);
Suite *v1_suite(void);
Suite *v1log_suite(void);
Suite *v1rate_suite(void);
Suite *v1scan_suite(void);
Suite *varint_suite(void);
Suite *when_suite(void);
Suite *wrapper_suite(void);
