/* SPDX-License-Identifier: MIT */

/* Distributions of ages and sizes, and the metrics that are of the whole run.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "unit.h"

static struct fixture *f;
static uint32_t leaf, other;

static void setup(void)
{
	uint32_t main_ = 0;

	f = fixture_new();
	main_ = fixture_frame(f, "main", "m.c", 1);
	leaf = fixture_trace(f, fixture_frame(f, "leaf", "m.c", 2), main_, -1);
	other = fixture_trace(f, fixture_frame(f, "more", "m.c", 3), main_, -1);
	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 2, DIGEST_END | DIGEST_PEAK);
	/* 100 of 10 bytes, of which 80 were freed; one of 4000. */
	fixture_usage(f, leaf, fixture_exact(200, 20), fixture_exact(1000, 100),
		      fixture_exact(800, 80));
	fixture_usage(f, other, fixture_exact(4000, 1), fixture_exact(4000, 1),
		      fixture_exact(0, 0));
	fixture_lived(f, leaf, 0, fixture_exact(200, 20), 0.5e-6);
	fixture_lived(f, leaf, 11, fixture_exact(600, 60), 1.2e-3);
	fixture_sized(f, leaf, 4, fixture_exact(1000, 100),
		      fixture_exact(200, 20));
	fixture_sized(f, other, 12, fixture_exact(4000, 1),
		      fixture_exact(4000, 1));
	fixture_digest(f);
}

static void teardown(void)
{
	fixture_free(f);
}

static struct spread ask(const struct heapprof_report_options *o)
{
	struct result r;

	fixture_ask(f, o, &r);
	ck_assert_int_eq(r.shape, SHAPE_SPREAD);
	return r.spread;
}

static void expect(struct estimate e, double value, double error)
{
	ck_assert(fabs(e.value - value) <= 1e-9 * fabs(value));
	ck_assert(fabs(e.error - error) <= 1e-9 * fabs(error));
}

START_TEST(ages)
{
	struct spread s =
		ask(&(struct heapprof_report_options){.view = "lifetimes"});
	const struct bin *b = s.total.bins;

	ck_assert_uint_eq(s.nr_bins, 12);
	ck_assert_uint_eq(b[0].from, 0);
	ck_assert_uint_eq(b[0].to, 1);
	ck_assert_uint_eq(b[11].from, 1024);
	ck_assert_uint_eq(b[11].to, 2048);
	expect(b[0].count, 20, 0);
	expect(b[5].count, 0, 0);
	expect(b[11].bytes, 600, 0);
	expect(s.total.count, 80, 0);
	expect(s.total.live_count, 21, 0);
	expect(s.total.live_bytes, 4200, 0);
	expect(s.total.mean, (20 * 0.5e-6 + 60 * 1.2e-3) / 80, 0);
	/* 40 of 80: a third into the class of 60, whose end is farther. */
	expect(s.total.median, 1024e-6 * (1 + 1 / 3.0), 1024e-6 * 2 / 3.0);
	ck_assert_uint_eq(s.nr_rows, 2);
	ck_assert_str_eq(s.rows[0].place.function, "leaf");
	ck_assert(isnan(s.rows[1].mean.value) && isnan(s.rows[1].median.value));
	expect(s.rows[1].live_count, 1, 0);
}
END_TEST

START_TEST(sizes)
{
	struct spread s =
		ask(&(struct heapprof_report_options){.view = "sizes"});

	ck_assert_uint_eq(s.nr_bins, 9);
	ck_assert_uint_eq(s.total.bins[0].from, 8);
	ck_assert_uint_eq(s.total.bins[8].to, 4096);
	expect(s.total.bins[0].peak_count, 20, 0);
	expect(s.total.mean, 5000.0 / 101, 0);
	/* By bytes allocated, unless another metric is asked for. */
	ck_assert_str_eq(s.rows[0].place.function, "more");
	expect(s.rows[0].bins[8].peak_bytes, 4000, 0);
	expect(s.rows[0].bins[0].count, 0, 0);
	s = ask(&(struct heapprof_report_options){
		.view = "sizes", .metric = "count", .top = 1});
	ck_assert_str_eq(s.rows[0].place.function, "leaf");
	ck_assert_uint_eq(s.nr_rows, 1);
	ck_assert_uint_eq(s.nr_more, 1);
	expect(s.other, 1, 0);
}
END_TEST

START_TEST(left_out)
{
	struct spread s = ask(&(struct heapprof_report_options){
		.view = "sizes", .ignore = "more"});

	ck_assert_uint_eq(s.nr_rows, 1);
	expect(s.total.bytes, 1000, 0);
	expect(s.hidden, 4000, 0);
	expect(s.other, 4000, 0);
}
END_TEST

START_TEST(no_ages)
{
	char *text;

	f->spreads[leaf].nr_lived = 0;
	ck_assert(ask(&(struct heapprof_report_options){.view = "lifetimes"})
			  .unknown);
	text = fixture_report(
		f, &(struct heapprof_report_options){.view = "lifetimes"});
	ck_assert_ptr_nonnull(strstr(text, "this profile does not tell"));
	free(text);
	ck_assert(!ask(&(struct heapprof_report_options){.view = "sizes"})
			   .unknown);
}
END_TEST

/* A mean is a ratio: of equal ages it is sure, however few are recorded. */
START_TEST(sampled)
{
	struct sum some = fixture_sampled(1000, 100, 0.1);
	struct digest_run *run = &f->runs[leaf];
	struct spread s;

	f->spreads[leaf].nr_lived = 0;
	memset(&run->age, 0, sizeof(run->age));
	run->freed = some;
	fixture_lived(f, leaf, 11, some, 1.5e-3);
	s = ask(&(struct heapprof_report_options){.view = "lifetimes"});
	ck_assert_double_eq_tol(s.total.mean.value, 1.5e-3, 1e-12);
	ck_assert_double_lt(s.total.mean.error, 1e-9);
	expect(s.total.count, 100,
	       1.96 * sqrt(10 * 0.9 / 0.01 + 1.96 * 1.96 / 2 * 81));
	/* Half of them twice as old: the spread of ages shows. */
	f->spreads[leaf].nr_lived = 0;
	memset(&run->age, 0, sizeof(run->age));
	run->freed = fixture_sampled(2000, 200, 0.1);
	fixture_lived(f, leaf, 11, some, 1.5e-3);
	fixture_lived(f, leaf, 12, some, 3e-3);
	s = ask(&(struct heapprof_report_options){.view = "lifetimes"});
	expect(s.total.mean, 2.25e-3,
	       1.96 * sqrt(20 * 0.9 / 0.01) * 0.75e-3 / 200);
	/* The median may be in either class. */
	ck_assert_double_ge(s.total.median.error, 1.024e-3 * 0.999);
}
END_TEST

static struct table top(const char *metric, const char *from, const char *by)
{
	struct result r;

	fixture_ask(f,
		    &(struct heapprof_report_options){.view = "top",
						      .metric = metric,
						      .from = from,
						      .by = by},
		    &r);
	return r.table;
}

START_TEST(metrics)
{
	struct digest_run *run = &f->runs[leaf];
	struct table table;
	struct sum sum;

	run->byte_seconds = 50;
	run->byte_seconds_var = 25;
	run->waste = 12;
	run->waste_var = 4;
	run->temporary = fixture_exact(30, 3);
	expect(top("byte-seconds", NULL, NULL).total, 50, 1.96 * 5);
	table = top("waste", NULL, NULL);
	expect(table.total, 12, 1.96 * 2);
	ck_assert_str_eq(table.rows[0].place.function, "leaf");
	expect(top("temporary", NULL, NULL).total, 3, 0);
	/* 5000 bytes in 2 s. */
	expect(top("rate", NULL, NULL).total, 2500, 0);
	ck_assert_int_eq(top("rate", NULL, NULL).columns[0].unit, UNIT_RATE);
	sum = fixture_sampled(5000, 50, 0.5);
	f->threads[1] =
		(struct digest_thread){.name = "main", .allocated = sum};
	f->digest.nr_threads = 2;
	expect(top("rate", NULL, "thread").total, 2500,
	       1.96 *
		       sqrt(sum.bytes_var *
			    (1 + 1.96 * 1.96 / 2 * sum.count_var / 2500)) /
		       2);
}
END_TEST

Suite *spread_suite(void)
{
	Suite *s = suite_create("spread");
	TCase *t = tcase_create("spread");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, ages);
	tcase_add_test(t, sizes);
	tcase_add_test(t, left_out);
	tcase_add_test(t, no_ages);
	tcase_add_test(t, sampled);
	tcase_add_test(t, metrics);
	suite_add_tcase(s, t);
	return s;
}
