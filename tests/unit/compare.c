/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "query/weigh.h"

#include "fixture.h"
#include "unit.h"

typedef struct heapprof_report_options options;

static const struct row *find(const struct table *t, const char *function)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		if (t->rows[i].place.function &&
		    !strcmp(t->rows[i].place.function, function))
			return &t->rows[i];
	return NULL;
}

/* Rows and rest are the change of the total, which is that of the moments. */
static void check_sum(const struct table *t)
{
	double sum = t->other.value, rest = 0;

	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct estimate *c = t->rows[i].cells;

		sum += c[0].value;
		ck_assert_double_eq_tol(c[t->nr_moments].value - c[1].value,
					c[0].value, 1e-3);
	}
	for (size_t k = 0; k < REST_MAX; k++)
		rest += t->rest[k].value;
	ck_assert_double_eq_tol(rest, t->other.value, 1e-3);
	ck_assert_double_eq_tol(sum, t->total.value, 1e-3);
	ck_assert_double_eq_tol(t->moments[t->nr_moments - 1].total.value -
					t->moments[0].total.value,
				t->total.value, 1e-3);
}

START_TEST(changes_add_up)
{
	static const options cases[] = {
		{.compare = "start,peak"},
		{.compare = "peak,start"},
		{.compare = "10,20,peak,end", .by = "line"},
		{.compare = "20,peak", .metric = "live-count"},
		{.compare = "20,90", .metric = "allocated", .by = "module"},
		{.compare = "20,90", .view = "top", .top = 3},
		{.compare = "20,90", .view = "leaks", .focus = "cache"},
		{.compare = "20,90", .from = "10", .to = "80"},
	};
	struct fixture *f = fixture_demo();
	struct result r;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fixture_ask(f, &cases[i], &r);
		ck_assert_uint_ge(r.table.nr_moments, 2);
		check_sum(&r.table);
	}
	fixture_free(f);
}
END_TEST

START_TEST(what_stays_cancels)
{
	struct fixture *f = fixture_moved(0.1);
	options o = {.compare = "1,2", .color = true};
	double share = weigh_bytes(&f->usage[2][1].live).error;
	struct result r;

	fixture_ask(f, &o, &r);
	check_sum(&r.table);
	ck_assert_ptr_null(find(&r.table, "keep"));
	ck_assert_double_eq(find(&r.table, "gain")->cells[0].value, 4e5);
	ck_assert(result_is_change(find(&r.table, "gain")->cells[0]));
	/* Its error is that of the blocks that went, not of all there were. */
	ck_assert_double_eq(find(&r.table, "lose")->cells[0].value, -4e5);
	ck_assert_double_eq_tol(find(&r.table, "lose")->cells[0].error, share,
				share * 0.01);
	ck_assert_double_eq(r.table.total.value, 0);
	fixture_free(f);
}
END_TEST

START_TEST(exact_changes_have_no_error)
{
	struct fixture *f = fixture_moved(1);
	struct result r;

	fixture_ask(f, &(options){.compare = "1,2"}, &r);
	for (size_t i = 0; i < r.table.nr_rows; i++) {
		ck_assert_double_eq(r.table.rows[i].cells[0].error, 0);
		ck_assert(result_is_change(r.table.rows[i].cells[0]));
	}
	ck_assert_uint_eq(r.table.nr_rows, 2);
	fixture_free(f);
}
END_TEST

/* What has no stack matches nothing, and is still not what --focus hides. */
START_TEST(folded_is_not_hidden)
{
	struct fixture *f = fixture_moved(1);
	struct sum some = fixture_exact(5e4, 50);
	options o = {.compare = "1,2", .focus = "gain"};
	struct result r;

	fixture_usage(f, DIGEST_OTHER, some, some, (struct sum){0});
	fixture_ask(f, &o, &r);
	check_sum(&r.table);
	ck_assert_double_eq(r.table.rest[REST_FOLDED].value, 5e4);
	ck_assert_double_eq(r.table.rest[REST_HIDDEN].value, -4e5);
	fixture_free(f);
}
END_TEST

static void ask_base(struct fixture *f, const struct fixture *base,
		     const options *o, struct result *r)
{
	struct query q;

	ck_assert_int_eq(query_ask(&q, o, SHAPE_ANY, &fixture_listener), 0);
	q.base = &base->digest;
	ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena, NULL), 0);
	ck_assert_int_eq(query_run(&q, r), 0);
	query_fini(&q);
}

/* Builds lie in folders of their own, and their addresses differ. */
START_TEST(profiles_are_matched_by_name)
{
	struct fixture *f = fixture_moved(1), *base = fixture_moved(1);
	options o = {.base = "other", .at = "end"};
	struct result r;

	for (size_t i = 0; i < f->digest.nr_frames; i++) {
		f->frames[i].module = "/new/prog";
		base->frames[i].module = "/old/prog";
		base->frames[i].offset += 0x1000;
	}
	base->usage[2][1].live = fixture_exact(1e5, 1e3);
	base->instants[2].live.bytes -= 3e5;
	ask_base(f, base, &o, &r);
	check_sum(&r.table);
	ck_assert_uint_eq(r.table.nr_rows, 1);
	ck_assert_double_eq(r.table.rows[0].cells[0].value, 3e5);
	ck_assert_str_eq(r.table.rows[0].place.function, "gain");
	ck_assert_ptr_nonnull(r.table.moments[0].base);
	ck_assert_ptr_null(r.table.moments[1].base);
	o.at = NULL;
	o.metric = "allocated";
	ask_base(f, base, &o, &r);
	ck_assert_double_eq(r.table.total.value, 0);
	fixture_free(base);
	fixture_free(f);
}
END_TEST

/* Nothing is shared, so that errors add up. */
START_TEST(profiles_are_independent)
{
	struct fixture *f = fixture_moved(0.1), *base = fixture_moved(0.1);
	options o = {.base = "other", .at = "end", .color = true};
	struct result r;
	struct estimate e;

	base->usage[2][1].live = fixture_sampled(3.9e5, 3.9e3, 0.1);
	ask_base(f, base, &o, &r);
	e = weigh_bytes(&f->usage[2][1].live);
	ck_assert_ptr_nonnull(find(&r.table, "gain"));
	ck_assert_double_eq_tol(find(&r.table, "gain")->cells[0].error,
				e.error * M_SQRT2, e.error * 0.05);
	ck_assert(!result_is_change(find(&r.table, "gain")->cells[0]));
	fixture_free(base);
	fixture_free(f);
}
END_TEST

#define RUNS 500u
#define BLOCKS 400u

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double)(*state >> 11) * 0x1p-53;
}

/* Blocks of which some stay, some go, some come, some do both unseen. */
static struct fixture *simulate(uint64_t seed, double p, double *truth)
{
	struct fixture *f = fixture_new();
	uint32_t t = fixture_trace(f, fixture_frame(f, "f", "m.c", 1), -1);
	struct sum live[2] = {{0}}, allocated[2] = {{0}}, freed = {0};
	struct sum none = {0};
	uint64_t random = seed * 0x9e3779b97f4a7c15 + 1;

	*truth = 0;
	for (unsigned i = 0; i < BLOCKS; i++) {
		double size = 16 + i % 7 * 40;
		struct sum s = fixture_sampled(size / p, 1 / p, p);
		bool early = i % 8 < 5, late = i % 8 > 2 && i % 8 < 7;

		*truth += (late - early) * size;
		if (uniform(&random) >= p)
			continue;
		weigh_add(&allocated[!early], &s);
		if (early)
			weigh_add(&live[0], &s);
		if (late)
			weigh_add(&live[1], &s);
		else
			weigh_add(&freed, &s);
	}
	fixture_instant(f, 1, DIGEST_START);
	fixture_usage(f, t, live[0], allocated[0], none);
	fixture_instant(f, 2, DIGEST_END);
	fixture_usage(f, t, live[1], allocated[1], freed);
	fixture_digest(f);
	return f;
}

/* The bound is on the safe side: 95% at least, less what chance does here. */
START_TEST(intervals_hold_the_truth)
{
	unsigned held = 0, narrower = 0;

	for (unsigned i = 0; i < RUNS; i++) {
		double truth;
		struct fixture *f = simulate(i, 0.2, &truth);
		options o = {.compare = "1,2", .color = true};
		struct result r;
		const struct estimate *e = &r.table.total;

		fixture_ask(f, &o, &r);
		held += fabs(e->value - truth) <= e->error;
		narrower += e->error < hypot(r.table.moments[0].total.error,
					     r.table.moments[1].total.error);
		fixture_free(f);
	}
	ck_assert_uint_ge(held, RUNS * 93 / 100);
	ck_assert_uint_eq(narrower, RUNS);
}
END_TEST

Suite *compare_suite(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");

	tcase_add_test(t, changes_add_up);
	tcase_add_test(t, what_stays_cancels);
	tcase_add_test(t, exact_changes_have_no_error);
	tcase_add_test(t, folded_is_not_hidden);
	tcase_add_test(t, profiles_are_matched_by_name);
	tcase_add_test(t, profiles_are_independent);
	tcase_add_test(t, intervals_hold_the_truth);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
