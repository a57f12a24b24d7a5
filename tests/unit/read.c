/* SPDX-License-Identifier: MIT */

/* Reading profiles from C, as users of heapprof.h do. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heapprof.h"

#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;
static struct logwriter w;
static struct heapprof_reader *r;

static void setup(void)
{
	scratch_init(&s);
	logwriter_init(&w);
	logwriter_node(&w, 0, 0x1000, 0);
	logwriter_node(&w, 1, 0x2000, 0);
	logwriter_node(&w, 1, 0x3000, 0);
	logwriter_thread(&w, 7, "main");
	w.header.nr_ranges = 1;
	w.header.range[0] = (struct hpm_range){150, 0.25};
	*s.log = '\0';
}

static void teardown(void)
{
	heapprof_close(r);
	r = NULL;
	logwriter_fini(&w);
	scratch_fini(&s);
}

static void event(uint64_t ms, uint8_t kind, uint64_t size, uint32_t trace)
{
	struct hpd_event e = {
		.tick = ms * 1000000,
		.kind = kind,
		.age = kind == HPD_ALLOC ? 1000000 : 0,
		.thread = 1,
		.block = {.size = size, .trace = trace, .thread = 1},
	};

	if (kind != HPD_ALLOC)
		e.age = 5000000;
	logwriter_event(&w, 0, &e);
}

/* 100 bytes stand for 400.  The peak is 1600, 1000 are left. */
static void save(void)
{
	event(10, HPD_ALLOC, 100, 2);
	event(20, HPD_ALLOC, 1000, 3);
	event(30, HPD_ALLOC, 200, 2);
	logwriter_mark(&w, 35000000, "half");
	event(40, HPD_FREE, 100, 2);
	event(50, HPD_TEMPORARY, 200, 2);
	w.state.end_tick = 100000000;
	w.state.end = HPM_STOPPED;
	logwriter_save(&w, s.base);
}

static void open_with(double interval_s, double precision)
{
	*s.log = '\0';
	ck_assert_int_eq(
		heapprof_read(s.base, interval_s, precision, &s.listener, &r),
		0);
}

static void check_said(const char *what)
{
	ck_assert_msg(strstr(s.log, what), "no '%s' in:\n%s", what, s.log);
}

START_TEST(times_and_metadata)
{
	const struct heapprof_rate *rates;
	const struct heapprof_metadata *m;
	static const char *const strings[] = {"/usr/bin/prog", "/tmp",	 "box",
					      "prog",	       "--fast", NULL};

	w.header.start_ns = 1700000000500000000;
	logwriter_strings(&w, strings);
	save();
	open_with(0.01, 0);
	check_said("there is no digest yet; making it");
	ck_assert_double_eq_tol(heapprof_initial_time(r), 1700000000.5, 1e-6);
	ck_assert_double_eq_tol(heapprof_final_time(r), 1700000000.6, 1e-6);
	ck_assert_double_eq_tol(heapprof_elapsed_time(r), 0.1, 1e-12);
	ck_assert_double_eq_tol(heapprof_snapshot_interval(r), 0.01, 1e-12);
	ck_assert_uint_eq(heapprof_sampling_rates(r, &rates), 1);
	ck_assert_uint_eq(rates[0].size, 150);
	ck_assert_double_eq(rates[0].probability, 0.25);
	ck_assert_uint_eq(rates[1].size, 0);
	m = heapprof_get_metadata(r);
	ck_assert_str_eq(m->program, "/usr/bin/prog");
	ck_assert_str_eq(m->argv[1], "--fast");
	ck_assert_ptr_null(m->argv[2]);
	ck_assert_int_eq(m->end, HEAPPROF_STOPPED);
	ck_assert_uint_eq(m->recorded, 3);
	ck_assert_uint_eq(m->freed, 2);
	ck_assert_uint_eq(m->lost, 0);
	ck_assert_uint_eq(m->nr_marks, 1);
	ck_assert_str_eq(m->marks[0].label, "half");
	ck_assert_double_eq_tol(m->marks[0].time_s, 0.035, 1e-9);
}
END_TEST

START_TEST(snapshots_round_down_and_clamp)
{
	size_t nr, last;

	save();
	open_with(0.01, 0);
	nr = heapprof_nr_snapshots(r);
	last = nr - 1;
	ck_assert_uint_ge(nr, 11);
	ck_assert_uint_eq(heapprof_snapshot_at(r, -1), 0);
	ck_assert_uint_eq(heapprof_snapshot_at(r, NAN), 0);
	ck_assert_uint_eq(heapprof_snapshot_at(r, 0), 0);
	ck_assert_uint_eq(heapprof_snapshot_at(r, 1e300), last);
	ck_assert_uint_eq(heapprof_snapshot_at(r, INFINITY), last);
	ck_assert_double_eq_tol(heapprof_snapshot_time(r, last), 0.1, 1e-9);
	ck_assert(isnan(heapprof_snapshot_time(r, nr)));
	for (size_t i = 0; i < nr; i++) {
		double t = heapprof_snapshot_time(r, i);

		ck_assert_double_eq(
			heapprof_snapshot_time(r, heapprof_snapshot_at(r, t)),
			t);
		if (i > 0 && heapprof_snapshot_time(r, i - 1) < t)
			ck_assert_uint_lt(heapprof_snapshot_at(r, t - 1e-6), i);
	}
}
END_TEST

START_TEST(usage_by_trace)
{
	struct heapprof_usage *usage;
	struct heapprof_frame *frames;
	struct heapprof_sum total, sum = {0};
	size_t n, peak;

	save();
	open_with(0.01, 0);
	peak = heapprof_snapshot_peak(r);
	ck_assert_int_eq(heapprof_snapshot_total(r, peak, &total), 0);
	ck_assert_double_eq(total.bytes, 1600);
	ck_assert_double_eq(total.count, 6);
	ck_assert_double_eq(total.bytes_variance, 100. * 100 * .75 / .0625);
	ck_assert_double_eq(total.count_variance, .75 / .0625);
	ck_assert_double_eq(heapprof_sum_bytes(&total).value, 1600);
	ck_assert_double_ge(heapprof_sum_bytes(&total).error,
			    1.96 * sqrt(total.bytes_variance));
	ck_assert_double_eq(heapprof_sum_count(&total).value, 6);
	ck_assert_double_ge(heapprof_sum_count(&total).error,
			    1.96 * sqrt(total.count_variance));
	ck_assert_int_eq(heapprof_snapshot_usage(r, peak, &usage, &n), 0);
	for (size_t i = 0; i < n; i++) {
		sum.bytes += usage[i].live.bytes;
		sum.count_variance += usage[i].live.count_variance;
		ck_assert_int_eq(heapprof_trace(r, usage[i].trace, &frames, &n),
				 0);
		heapprof_free(frames);
	}
	ck_assert_double_eq(sum.bytes, total.bytes);
	ck_assert_double_eq(sum.count_variance, total.count_variance);
	ck_assert_int_eq(heapprof_snapshot_total(
				 r, heapprof_nr_snapshots(r) - 1, &total),
			 0);
	ck_assert_double_eq(heapprof_sum_bytes(&total).error, 0);
	ck_assert_int_eq(heapprof_trace(r, usage[0].trace, &frames, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_null(frames[0].function);
	heapprof_free(frames);
	heapprof_free(usage);
	ck_assert_int_eq(heapprof_trace(r, 0, &frames, &n), 0);
	ck_assert_uint_eq(n, 0);
	heapprof_free(frames);
}
END_TEST

START_TEST(wrong_numbers)
{
	struct heapprof_usage *usage;
	struct heapprof_frame *frames;
	struct heapprof_flow_graph *flow;
	struct heapprof_flame_graph *flame;
	struct heapprof_graph_options o = {.min_edge = NAN};
	struct heapprof_sum sum;
	const char *line = "x";
	size_t n, nr;

	save();
	open_with(0, -1);
	nr = heapprof_nr_snapshots(r);
	ck_assert_int_eq(heapprof_snapshot_total(r, nr, &sum), -EINVAL);
	check_said("there is no snapshot");
	check_said(s.base);
	ck_assert_int_eq(heapprof_snapshot_usage(r, nr, &usage, &n), -EINVAL);
	ck_assert_int_eq(heapprof_trace(r, 99, &frames, &n), -EINVAL);
	check_said("there is no trace 99");
	ck_assert_int_eq(heapprof_lines_usage(r, nr, &line, 1, true, &sum),
			 -EINVAL);
	ck_assert_int_eq(heapprof_get_flow_graph(r, &nr, 1, NULL, &flow),
			 -EINVAL);
	ck_assert_int_eq(heapprof_get_flow_graph(r, &nr, 0, NULL, &flow),
			 -EINVAL);
	ck_assert_int_eq(heapprof_get_flame_graph(r, nr, NULL, &flame),
			 -EINVAL);
	nr = 0;
	ck_assert_int_eq(heapprof_get_flow_graph(r, &nr, 1, &o, &flow),
			 -EINVAL);
	o = (struct heapprof_graph_options){.by = "thread"};
	ck_assert_int_eq(heapprof_get_flow_graph(r, &nr, 1, &o, &flow),
			 -EINVAL);
	o = (struct heapprof_graph_options){.metric = "beauty"};
	ck_assert_int_eq(heapprof_get_flame_graph(r, 0, &o, &flame), -EINVAL);
	check_said("unknown metric 'beauty'");
}
END_TEST

START_TEST(no_such_profile)
{
	ck_assert_int_eq(heapprof_read(s.base, 0, -1, &s.listener, &r),
			 -ENOENT);
	ck_assert_ptr_null(r);
	check_said("no such profile");
	save();
	ck_assert_int_eq(heapprof_read(s.base, -1, -1, &s.listener, &r),
			 -EINVAL);
	ck_assert_int_eq(heapprof_read(s.base, NAN, -1, &s.listener, &r),
			 -EINVAL);
	ck_assert_int_eq(heapprof_read(s.base, 0, 2, &s.listener, &r), -EINVAL);
	ck_assert_ptr_null(r);
	ck_assert_int_eq(heapprof_read(s.base, 0, -1, NULL, &r), 0);
}
END_TEST

/* A digest is made again when it is not what was asked for, and only then. */
START_TEST(digest_as_asked)
{
	save();
	open_with(0, -1);
	check_said("there is no digest yet");
	heapprof_close(r);
	open_with(0, -1);
	ck_assert_str_eq(s.log, "");
	heapprof_close(r);
	open_with(0.02, -1);
	check_said("has another interval or precision; making it");
	ck_assert_double_eq_tol(heapprof_snapshot_interval(r), 0.02, 1e-12);
	heapprof_close(r);
	open_with(0.02, 0.5);
	check_said("has another interval or precision; making it");
	ck_assert_double_eq(heapprof_get_metadata(r)->precision, 0.5);
	heapprof_close(r);
	open_with(0, 0.5);
	ck_assert_str_eq(s.log, "");
	heapprof_close(r);
	event(60, HPD_ALLOC, 5000, 2);
	logwriter_save(&w, s.base);
	open_with(0.02, 0.5);
	check_said("the digest is stale; making it");
}
END_TEST

START_TEST(lossy_profiles)
{
	w.state.lost[HPM_LOST_MEMORY] = 17;
	save();
	for (int i = 0; i < 2; i++) {
		*s.log = '\0';
		heapprof_close(r);
		ck_assert_int_eq(heapprof_read(s.base, 0, -1, &s.listener, &r),
				 HEAPPROF_LOSSY);
		check_said("17 events were lost");
		ck_assert_uint_eq(heapprof_get_metadata(r)->lost, 17);
	}
}
END_TEST

START_TEST(events)
{
	static const struct heapprof_event want[] = {
		{.time_s = 0.01, .size = 100, .scale = 4},
		{.time_s = 0.02, .size = 1000, .scale = 1},
		{.time_s = 0.03, .size = 200, .scale = 1},
		{.time_s = 0.04, .size = -100, .scale = 4, .freed = true},
		{.time_s = 0.05,
		 .size = -200,
		 .scale = 1,
		 .freed = true,
		 .temporary = true},
	};
	struct heapprof_events *e;
	struct heapprof_event got;

	save();
	open_with(0, 0);
	ck_assert_int_eq(heapprof_events_open(r, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		ck_assert_int_eq(heapprof_events_next(e, &got), 1);
		ck_assert_double_eq_tol(got.time_s, want[i].time_s, 1e-9);
		ck_assert_int_eq(got.size, want[i].size);
		ck_assert_double_eq(got.scale, want[i].scale);
		ck_assert_uint_eq(got.thread, 7);
		ck_assert(got.freed == want[i].freed &&
			  got.temporary == want[i].temporary);
		ck_assert_double_eq_tol(got.age_s, got.freed ? 0.005 : 0, 1e-9);
		ck_assert_uint_ne(got.trace, 0);
		ck_assert_uint_lt(got.trace, heapprof_nr_traces(r));
	}
	ck_assert_int_eq(heapprof_events_next(e, &got), 0);
	ck_assert_int_eq(heapprof_events_next(e, &got), 0);
	heapprof_events_close(e);
}
END_TEST

START_TEST(digest_alone)
{
	struct heapprof_events *e;
	struct heapprof_sum total;
	char path[120];

	save();
	open_with(0, -1);
	heapprof_close(r);
	snprintf(path, sizeof(path), "%s.hpm", s.base);
	unlink(path);
	strcpy(strrchr(path, '.'), ".hpd");
	unlink(path);
	open_with(7, 0.3);
	ck_assert_int_eq(
		heapprof_snapshot_total(r, heapprof_snapshot_peak(r), &total),
		0);
	ck_assert_double_eq(total.bytes, 1600);
	ck_assert_int_eq(heapprof_events_open(r, &e), -ENOENT);
	check_said("a digest is without events");
}
END_TEST

/* The log was made without modules: stacks are addresses. */
START_TEST(graphs)
{
	struct heapprof_flow_graph *flow;
	struct heapprof_flame_graph *flame;
	size_t at[2];
	double sum = 0;

	save();
	open_with(0.01, 0);
	at[0] = heapprof_snapshot_peak(r);
	at[1] = heapprof_nr_snapshots(r) - 1;
	ck_assert_int_eq(heapprof_get_flow_graph(r, at, 2, NULL, &flow), 0);
	ck_assert_uint_eq(flow->nr_snapshots, 2);
	ck_assert_double_eq(flow->total[0].value, 1600);
	ck_assert_double_eq(flow->total[1].value, 1000);
	ck_assert_double_eq(flow->total[1].error, 0);
	ck_assert_double_gt(flow->total[0].error, 0);
	ck_assert_uint_gt(flow->nr_nodes, 0);
	heapprof_flow_graph_free(flow);
	heapprof_flow_graph_free(NULL);
	ck_assert_int_eq(heapprof_get_flame_graph(r, at[0], NULL, &flame), 0);
	ck_assert_uint_eq(flame->nr_rows, 2);
	for (size_t i = 0; i < flame->nr_rows; i++) {
		sum += flame->rows[i].weight.value;
		ck_assert_ptr_nonnull(strchr(flame->rows[i].stack, ';'));
	}
	ck_assert_double_eq(sum, 1600);
	heapprof_flame_graph_free(flame);
	heapprof_flame_graph_free(NULL);
}
END_TEST

START_TEST(time_plots)
{
	struct heapprof_time_plot *plot;
	const char *lines[] = {"nosuch.c:1", "nosuch"};
	size_t peak;

	save();
	open_with(0.01, 0);
	ck_assert_int_eq(heapprof_get_time_plot(r, NULL, 0, true, &plot), 0);
	ck_assert_uint_eq(plot->nr_times, heapprof_nr_snapshots(r));
	heapprof_free(plot);
	ck_assert_int_eq(heapprof_get_time_plot(r, lines, 2, false, &plot), 0);
	peak = heapprof_snapshot_peak(r);
	ck_assert_double_eq(plot->total[peak].bytes, 1600);
	ck_assert_double_eq(plot->times_s[peak],
			    heapprof_snapshot_time(r, peak));
	for (size_t i = 0; i < 2 * plot->nr_times; i++)
		ck_assert_double_eq(plot->live[i].bytes, 0);
	heapprof_free(plot);
}
END_TEST

Suite *read_suite(void)
{
	Suite *suite = suite_create("read");
	TCase *t = tcase_create("read");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, times_and_metadata);
	tcase_add_test(t, snapshots_round_down_and_clamp);
	tcase_add_test(t, usage_by_trace);
	tcase_add_test(t, wrong_numbers);
	tcase_add_test(t, no_such_profile);
	tcase_add_test(t, digest_as_asked);
	tcase_add_test(t, lossy_profiles);
	tcase_add_test(t, events);
	tcase_add_test(t, digest_alone);
	tcase_add_test(t, graphs);
	tcase_add_test(t, time_plots);
	suite_add_tcase(suite, t);
	return suite;
}
