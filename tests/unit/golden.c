/* SPDX-License-Identifier: MIT */

/* tests/golden/README, line by line. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/digest.h"

#include "scratch.h"
#include "unit.h"

static struct scratch s;
static char base[4096];

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

static void find(const char *name)
{
	const char *srcdir = getenv("srcdir");

	ck_assert_msg(srcdir != NULL, "set srcdir, as make check does");
	snprintf(base, sizeof(base), "%s/tests/golden/%s", srcdir, name);
}

static int digest(const char *name)
{
	struct heapprof_digest_options options = {
		.no_symbols = true, .output = s.path, .interval_s = 50e-9};

	find(name);
	return digest_make(base, &options, &s.listener);
}

static struct digest *open_digest(void)
{
	struct digest *d;

	ck_assert_int_eq(digest_open(s.path, &d, &s.listener), 0);
	return d;
}

static void expect_numbers(const struct digest *d, double factor,
			   uint64_t end_ns)
{
	const struct digest_instant *end = &d->instants[d->nr_instants - 1];

	ck_assert_uint_eq(d->duration_ns, end_ns);
	ck_assert_uint_eq(d->recorded, 100);
	ck_assert_uint_eq(d->frees, 90);
	ck_assert_uint_eq(d->instants[d->peak].time_ns, 100);
	ck_assert_double_eq(d->instants[d->peak].live.bytes, factor * 100000);
	ck_assert_double_eq(end->live.bytes, factor * 10000);
	ck_assert_double_eq(end->live.count, factor * 10);
	ck_assert_uint_eq(d->nr_traces, 3);
	ck_assert_uint_eq(d->traces[1].nr_frames, 2);
	ck_assert_str_eq(d->frames[d->traces[1].frames[0]].module,
			 "/nonexistent/golden");
	ck_assert_uint_eq(d->frames[d->traces[1].frames[0]].offset, 0x1fff);
	ck_assert_uint_eq(d->frames[d->traces[1].frames[1]].offset, 0xfff);
	ck_assert_str_eq(d->marks[0].label, "half");
	ck_assert(d->instants[digest_at(d, 50)].kinds & DIGEST_MARK);
	ck_assert_double_eq(d->instants[digest_at(d, 50)].live.bytes,
			    factor * 50000);
}

START_TEST(good_exited)
{
	struct digest *d;

	ck_assert_int_eq(digest("good-exited"), 0);
	d = open_digest();
	expect_numbers(d, 1, 200);
	ck_assert_double_eq(d->instants[d->peak].live.bytes_var, 0);
	digest_close(d);
}
END_TEST

START_TEST(good_digest)
{
	struct digest_usage *usage;
	struct digest *d;
	size_t n;

	find("good-exited.hpc");
	ck_assert_int_eq(digest_open(base, &d, &s.listener), 0);
	expect_numbers(d, 1, 200);
	ck_assert_uint_eq(d->nr_instants, 7);
	ck_assert_int_eq(digest_snapshot(d, d->peak, &usage, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_double_eq(usage[0].live.bytes, 50000);
	ck_assert_double_eq(usage[1].allocated.bytes, 1000);
	free(usage);
	digest_close(d);
}
END_TEST

START_TEST(good_killed)
{
	struct digest *d;

	ck_assert_int_eq(digest("good-killed"), 0);
	ck_assert_int_eq(s.said[HEAPPROF_WARNING], 0);
	ck_assert_int_eq(s.said[HEAPPROF_NOTE], 1);
	d = open_digest();
	expect_numbers(d, 1, 190);
	digest_close(d);
}
END_TEST

START_TEST(good_sampled)
{
	struct digest *d;

	ck_assert_int_eq(digest("good-sampled"), 0);
	d = open_digest();
	expect_numbers(d, 4, 200);
	ck_assert_double_eq(d->instants[d->peak].live.bytes_var,
			    100 * 1e6 * 12);
	digest_close(d);
}
END_TEST

static void expect_lossy(const char *name, uint64_t at_least, uint64_t at_most)
{
	struct digest *d;

	ck_assert_int_eq(digest(name), HEAPPROF_LOSSY);
	ck_assert_int_ge(s.said[HEAPPROF_WARNING], 1);
	d = open_digest();
	ck_assert_uint_ge(d->recorded + d->frees, at_least);
	ck_assert_uint_le(d->recorded + d->frees, at_most);
	ck_assert_uint_eq(d->lost_events, 190 - d->recorded - d->frees);
	digest_close(d);
}

START_TEST(bad_checksum)
{
	expect_lossy("bad-checksum", 100, 160);
}
END_TEST

START_TEST(bad_cut)
{
	expect_lossy("bad-cut", 50, 100);
}
END_TEST

START_TEST(bad_log_empty)
{
	ck_assert_int_eq(digest("bad-log-empty"), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(s.text, "bad-log-empty.hpd: empty"));
}
END_TEST

START_TEST(bad_foreign)
{
	ck_assert_int_eq(digest("bad-foreign"), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(s.text, "not a heapprof profile"));
}
END_TEST

START_TEST(future_version)
{
	ck_assert_int_eq(digest("future-version"), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(s.text, "format version 3"));
}
END_TEST

static void expect_frame(const struct digest *d, uint32_t frame,
			 const char *file, uint32_t line)
{
	ck_assert_str_eq(d->frames[frame].file, file);
	ck_assert_uint_eq(d->frames[frame].line, line);
	ck_assert_ptr_null(d->frames[frame].function);
	ck_assert_ptr_null(d->frames[frame].module);
}

/* What is live of each trace at @s: inner.py:7, main.py:9. */
static void expect_live(const struct digest *d, double at, double inner,
			double outer)
{
	struct digest_usage *usage;
	double live[3] = {0};
	size_t n;

	ck_assert_uint_eq(d->nr_traces, 3);
	ck_assert_int_eq(digest_snapshot(d, digest_at(d, (uint64_t)(at * 1e9)),
					 &usage, &n),
			 0);
	for (size_t i = 0; i < n; i++)
		live[usage[i].trace] = usage[i].live.bytes;
	ck_assert_double_eq_tol(live[1], inner, inner * 1e-7 + 0.1);
	ck_assert_double_eq_tol(live[2], outer, outer * 1e-7 + 0.1);
	free(usage);
}

/* The events, and what each of them stands for, from tests/golden/README. */
START_TEST(v1_good)
{
	static const struct {
		const char *scale;
		double small, middle;
		uint64_t peak_ns;
	} cases[] = {
		{"declared", 4294967295.0 / 429496, 4294967295.0 / 429496729,
		 250100000},
		/* 200 bytes come just before 9000 go. */
		{"linux", 1, 1, 2150100000},
		{"double", 2147483647.5 / 429496, 2147483647.5 / 429496729,
		 250100000},
	};
	double small = cases[_i].small, middle = cases[_i].middle;
	struct heapprof_digest_options options = {
		.output = s.path, .interval_s = 1, .v1_scale = cases[_i].scale};
	struct digest *d;

	find("v1-good");
	ck_assert_int_eq(digest_make(base, &options, &s.listener), 0);
	ck_assert_int_eq(s.said[HEAPPROF_WARNING] + s.said[HEAPPROF_NOTE], 0);
	d = open_digest();
	ck_assert_uint_eq(d->start_realtime_ns, 1500000000250000000);
	ck_assert_uint_eq(d->duration_ns, 2350100000);
	ck_assert_uint_eq(d->recorded, 4);
	ck_assert_uint_eq(d->frees, 2);
	ck_assert_uint_eq(d->instants[d->peak].time_ns, cases[_i].peak_ns);
	expect_live(d, 0, 0, 0);
	expect_live(d, 1, 100 * small, 9000);
	expect_live(d, 2, 0, 9000);
	expect_live(d, 2.3501, 64 * small, 200 * middle);
	ck_assert_uint_eq(d->traces[1].nr_frames, 2);
	expect_frame(d, d->traces[1].frames[0], "inner.py", 7);
	expect_frame(d, d->traces[1].frames[1], "main.py", 3);
	ck_assert_uint_eq(d->traces[2].nr_frames, 1);
	expect_frame(d, d->traces[2].frames[0], "main.py", 9);
	ck_assert_double_eq_tol(d->traces[1].allocated.bytes, 164 * small, 0.1);
	ck_assert_double_eq(digest_run(d, 2).freed.bytes, 9000);
	/* Frees have no age: nothing is made up. */
	ck_assert_int_eq(digest_spreads(d), 0);
	ck_assert_uint_eq(d->spreads[1].nr_lived + d->spreads[2].nr_lived, 0);
	for (uint32_t i = 1; i < 3; i++) {
		struct digest_run run = digest_run(d, i);

		ck_assert(isnan(run.byte_seconds_var) ==
			  (run.freed.bytes_var > 0));
	}
	digest_close(d);
}
END_TEST

START_TEST(v1_digest)
{
	struct digest *d;

	find("v1-good.hpc");
	ck_assert_int_eq(digest_open(base, &d, &s.listener), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(s.text, "version 1"));
}
END_TEST

Suite *golden_suite(void)
{
	Suite *suite = suite_create("golden");
	TCase *cases = tcase_create("golden");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, good_exited);
	tcase_add_test(cases, good_digest);
	tcase_add_test(cases, good_killed);
	tcase_add_test(cases, good_sampled);
	tcase_add_test(cases, bad_checksum);
	tcase_add_test(cases, bad_cut);
	tcase_add_test(cases, bad_log_empty);
	tcase_add_test(cases, bad_foreign);
	tcase_add_test(cases, future_version);
	tcase_add_loop_test(cases, v1_good, 0, 3);
	tcase_add_test(cases, v1_digest);
	suite_add_tcase(suite, cases);
	return suite;
}
