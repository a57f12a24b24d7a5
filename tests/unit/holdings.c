/* SPDX-License-Identifier: MIT */

/* Histories added up: from snapshots, or from what the traces have. */

#include "render/holdings.h"

#include "fixture.h"
#include "unit.h"

static struct query q;

/* Two traces, of which the digest folded the second one into "other". */
static struct fixture *make(void)
{
	struct fixture *f = fixture_new();
	uint32_t one = fixture_trace(f, fixture_frame(f, "a", "a.c", 1), -1);
	uint32_t two = fixture_trace(f, fixture_frame(f, "b", "b.c", 1), -1);
	struct sum none = fixture_exact(0, 0);

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 10, DIGEST_PEAK);
	fixture_usage(f, DIGEST_OTHER, fixture_exact(6, 2), fixture_exact(6, 2),
		      none);
	fixture_usage(f, one, fixture_exact(100, 1), fixture_exact(150, 2),
		      fixture_exact(50, 1));
	fixture_instant(f, 20, DIGEST_END);
	fixture_usage(f, DIGEST_OTHER, fixture_exact(3, 1), none,
		      fixture_exact(3, 1));
	fixture_usage(f, one, fixture_exact(90, 1), fixture_exact(40, 1),
		      fixture_exact(50, 1));
	fixture_sized(f, one, 6, fixture_exact(90, 2), fixture_exact(0, 0));
	fixture_sized(f, one, 7, fixture_exact(100, 1), fixture_exact(100, 1));
	fixture_sized(f, two, 2, fixture_exact(6, 2), fixture_exact(6, 2));
	fixture_digest(f);
	f->traces[one].allocated = fixture_exact(190, 3);
	f->runs[one].freed = fixture_exact(100, 2);
	f->traces[two].allocated = fixture_exact(6, 2);
	f->runs[two].freed = fixture_exact(3, 1);
	return f;
}

static void add_up(struct fixture *f, const struct heapprof_report_options *o,
		   struct holdings *out)
{
	struct result r = {0};

	ck_assert_int_eq(query_ask(&q, o, SHAPE_BIT(SHAPE_HISTORY), NULL), 0);
	ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena, NULL), 0);
	ck_assert_int_eq(query_run(&q, &r), 0);
	ck_assert_int_eq(holdings_add_up(r.history, &f->arena, out), 0);
	query_fini(&q);
}

START_TEST(peak_of_the_run)
{
	struct fixture *f = make();
	struct holdings h;

	add_up(f, &(struct heapprof_report_options){0}, &h);
	ck_assert(h.sized);
	ck_assert_double_eq(h.live[DIGEST_OTHER].bytes, 0);
	ck_assert_double_eq(h.live[1].bytes, 100);
	ck_assert_double_eq(h.live[2].bytes, 6);
	ck_assert_double_eq(h.end[1].bytes, 90);
	ck_assert_double_eq(h.end[2].count, 1);
	ck_assert_double_eq(h.allocated[1].count, 3);
	fixture_free(f);
}
END_TEST

START_TEST(end_of_the_run)
{
	struct fixture *f = make();
	struct holdings h;

	add_up(f, &(struct heapprof_report_options){.at = "end"}, &h);
	ck_assert(h.sized);
	ck_assert_double_eq(h.live[1].bytes, 90);
	ck_assert_double_eq(h.live[2].bytes, 3);
	fixture_free(f);
}
END_TEST

/* Of a part of the run there are the snapshots, and what they fold. */
START_TEST(part_of_the_run)
{
	struct heapprof_report_options o = {.from = "10", .at = "end"};
	struct fixture *f = make();
	struct holdings h;

	add_up(f, &o, &h);
	ck_assert(!h.sized);
	ck_assert_double_eq(h.live[DIGEST_OTHER].bytes, 3);
	ck_assert_double_eq(h.live[1].bytes, 90);
	ck_assert_double_eq(h.live[2].bytes, 0);
	ck_assert_double_eq(h.allocated[1].bytes, 40);
	fixture_free(f);
}
END_TEST

/* An interrupted digest has no sizes of its peak. */
START_TEST(peak_without_sizes)
{
	struct fixture *f = make();
	struct holdings h;

	f->sized[1][1].peak = fixture_exact(0, 0);
	add_up(f, &(struct heapprof_report_options){0}, &h);
	ck_assert(!h.sized);
	ck_assert_double_eq(h.live[DIGEST_OTHER].bytes, 6);
	ck_assert_double_eq(h.live[1].bytes, 100);
	fixture_free(f);
}
END_TEST

START_TEST(rounding)
{
	ck_assert_uint_eq(holdings_round(-1e-9), 0);
	ck_assert_uint_eq(holdings_round(0.5), 1);
	ck_assert_uint_eq(holdings_round(1e15 + 0.25), 1000000000000000);
}
END_TEST

Suite *holdings_suite(void)
{
	Suite *s = suite_create("holdings");
	TCase *t = tcase_create("holdings");

	tcase_add_test(t, peak_of_the_run);
	tcase_add_test(t, end_of_the_run);
	tcase_add_test(t, part_of_the_run);
	tcase_add_test(t, peak_without_sizes);
	tcase_add_test(t, rounding);
	suite_add_tcase(s, t);
	return s;
}
