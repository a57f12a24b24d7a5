/* SPDX-License-Identifier: MIT */

/* Lines through snapshots: what is sure to grow, and how sure. */

#include <math.h>
#include <string.h>

#include "query/growth.h"

#include "draw.h"
#include "fixture.h"
#include "unit.h"

#define POINTS 60
#define RUNS 400

static uint64_t state = 88172645463325252;

static double draw(void)
{
	return draw_part(&state);
}

START_TEST(straight_lines)
{
	struct growth_point p[POINTS] = {{0}};
	struct estimate e;

	for (size_t i = 0; i < POINTS; i++)
		p[i] = (struct growth_point){.time_s = 100 + 2.0 * (double)i,
					     .bytes = 500 + 6.0 * (double)i};
	e = growth_fit(p, POINTS);
	ck_assert_double_eq_tol(e.value, 3, 1e-9);
	ck_assert_double_lt(e.error, 1e-6);
	for (size_t i = 0; i < POINTS; i++)
		p[i].bytes = 7;
	e = growth_fit(p, POINTS);
	ck_assert_double_eq_tol(e.value, 0, 1e-9);
	/* All at one time: no line, and no division by nothing. */
	for (size_t i = 0; i < POINTS; i++)
		p[i].time_s = 1;
	e = growth_fit(p, POINTS);
	ck_assert(e.value == 0 && e.error == 0);
}
END_TEST

/* A sampled block of 100 bytes, at 1 in 10: its estimate and variance. */
#define BLOCK 1000.0
#define BLOCK_VAR (100.0 * 100 * 0.9 / 0.01)

/*
 * 50 allocations an interval, of which each lives on with @stay from point to
 * point; as they are recorded.
 */
static void simulate(struct growth_point *p, double stay, unsigned before)
{
	unsigned live = before;

	memset(p, 0, POINTS * sizeof(*p));
	for (size_t i = 0; i < POINTS; i++) {
		unsigned in = 0, out = 0;

		for (unsigned k = 0; k < live; k++)
			out += draw() >= stay;
		for (unsigned k = 0; k < 50; k++)
			in += draw() < 0.1;
		live += in - out;
		p[i] = (struct growth_point){
			.time_s = (double)i,
			.bytes = live * BLOCK,
			.var = live * BLOCK_VAR,
			.in = in * BLOCK_VAR,
			.out = out * BLOCK_VAR,
		};
	}
}

/* Of a leak, the interval has the truth in 95% of the runs, or somewhat more.
 */
START_TEST(sampled_leak)
{
	struct growth_point p[POINTS];
	unsigned right = 0, found = 0;

	for (unsigned run = 0; run < RUNS; run++) {
		struct estimate e;

		simulate(p, 1, 0);
		e = growth_fit(p, POINTS);
		right += fabs(e.value - 5000) <= e.error;
		found += e.value > e.error;
	}
	ck_assert_msg(right >= 0.93 * RUNS, "%u of %u", right, RUNS);
	ck_assert_msg(found >= 0.99 * RUNS, "%u of %u", found, RUNS);
}
END_TEST

/* What comes and goes is not said to grow. */
START_TEST(sampled_churn)
{
	struct growth_point p[POINTS];

	for (unsigned i = 0; i < 3; i++) {
		static const double stay[] = {0.1, 0.5, 0.8};
		unsigned found = 0;

		for (unsigned run = 0; run < RUNS; run++) {
			struct estimate e;

			simulate(p, stay[i],
				 (unsigned)(5 / (1 - stay[i]) + 0.5));
			e = growth_fit(p, POINTS);
			found += e.value > e.error;
		}
		ck_assert_msg(found <= 0.05 * RUNS, "%g: %u of %u", stay[i],
			      found, RUNS);
	}
}
END_TEST

/* A leak from 10 s on, a cache that is full by then, and "other". */
static struct fixture *make(size_t nr)
{
	struct fixture *f = fixture_new();
	uint32_t main_ = fixture_frame(f, "main", "m.c", 1);
	uint32_t leak = fixture_frame(f, "leak", "m.c", 2);
	uint32_t cache = fixture_frame(f, "cache", "m.c", 3);
	struct sum none = {0};

	leak = fixture_trace(f, leak, main_, -1);
	cache = fixture_trace(f, cache, main_, -1);
	for (size_t i = 0; i <= nr; i++) {
		double t = 100.0 * (double)i / (double)nr;

		fixture_instant(f, t, i == nr ? DIGEST_END : DIGEST_INTERVAL);
		fixture_usage(f, cache, fixture_exact(MIN(t, 20) * 100, 1),
			      none, none);
		/* At first it is among the small ones. */
		fixture_usage(f, t < 40 ? DIGEST_OTHER : leak,
			      fixture_exact(t * 36, t), none, none);
	}
	fixture_digest(f);
	return f;
}

static struct table ask(struct fixture *f)
{
	struct heapprof_report_options o = {.view = "leaks"};
	struct result r;

	fixture_ask(f, &o, &r);
	ck_assert_ptr_nonnull(r.table.next);
	return r.table;
}

START_TEST(leaks)
{
	struct fixture *f = make(100);
	struct table t = ask(f), g = *t.next;

	ck_assert_str_eq(g.key, "growing");
	ck_assert_uint_eq(g.nr_rows, 1);
	ck_assert_str_eq(g.rows[0].place.function, "leak");
	ck_assert_double_eq(g.rows[0].cells[1].value, 3600);
	/* 36 bytes a second, less what the digest hid of the first part. */
	ck_assert_double_le(g.rows[0].cells[0].value, 36 * 3600 * 1.05);
	ck_assert_double_ge(g.rows[0].cells[0].value, 36 * 3600 * 0.9);
	ck_assert_double_eq(g.total.value, g.rows[0].cells[0].value);
	ck_assert_uint_ge(g.period.from_ns, 25000000000);
	ck_assert_uint_eq(g.period.to_ns, 100000000000);
	/* All rows of the leaks have it, for scripts. */
	ck_assert_uint_eq(t.nr_columns, 4);
	ck_assert_str_eq(t.columns[3].key, "growth");
	ck_assert_double_eq(t.rows[1].cells[3].value, 0);
	fixture_free(f);
}
END_TEST

START_TEST(few_snapshots)
{
	struct fixture *f = make(5);
	struct table t = ask(f);

	ck_assert_uint_eq(t.next->nr_rows, 0);
	ck_assert_ptr_nonnull(strstr(t.next->empty, "too few snapshots"));
	ck_assert(isnan(t.rows[0].cells[3].value));
	fixture_free(f);
}
END_TEST

Suite *growth_suite(void)
{
	Suite *s = suite_create("growth");
	TCase *t = tcase_create("growth");

	tcase_add_test(t, straight_lines);
	tcase_add_test(t, sampled_leak);
	tcase_add_test(t, sampled_churn);
	tcase_add_test(t, leaks);
	tcase_add_test(t, few_snapshots);
	suite_add_tcase(s, t);
	return s;
}
