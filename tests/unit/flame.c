/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"
#include "query/flame.h"

#include "fixture.h"
#include "unit.h"

static void ask(struct fixture *f, const struct heapprof_report_options *o,
		struct stacks *out)
{
	struct query q;

	ck_assert_int_eq(query_ask(&q, o, SHAPE_ANY, NULL), 0);
	ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena, NULL), 0);
	ck_assert_int_eq(flame_stacks(&q, out), 0);
	query_fini(&q);
}

static void check_sum(const struct stacks *s)
{
	double sum = s->columns[0].hidden.value;

	for (size_t i = 0; i < s->nr_rows; i++)
		sum += s->rows[i].weights[0].value;
	ck_assert_double_eq_tol(sum, s->columns[0].moment.total.value,
				1e-6 * sum);
}

START_TEST(demo)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {.view = "tree"};
	struct stacks s;
	size_t folded = 0, unknown = 0;

	ask(f, &o, &s);
	check_sum(&s);
	for (size_t i = 0; i < s.nr_rows; i++) {
		if (!s.rows[i].nr_places)
			folded++;
		else if (s.rows[i].places[0].kind == PLACE_UNKNOWN)
			unknown++;
		else
			ck_assert_str_eq(s.rows[i].places[0].function,
					 "_start");
	}
	ck_assert_uint_eq(folded, 1);
	ck_assert_uint_eq(unknown, 1);
	o.focus = "cache";
	o.metric = "allocated";
	ask(f, &o, &s);
	check_sum(&s);
	ck_assert_double_gt(s.columns[0].hidden.value, 0);
	fixture_free(f);
}
END_TEST

/* Two lines of one function: one stack by function, two by line. */
START_TEST(equal_stacks_are_one)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t a = fixture_frame(f, "f", "m.c", 10);
	uint32_t b = fixture_frame(f, "f", "m.c", 20);
	uint32_t traces[] = {fixture_trace(f, a, main, -1),
			     fixture_trace(f, main, -1),
			     fixture_trace(f, b, main, -1)};
	struct heapprof_report_options o = {.view = "tree"};
	struct stacks s;

	fixture_instant(f, 0, DIGEST_START);
	for (size_t i = 0; i < 3; i++)
		fixture_usage(f, traces[i], fixture_exact(8 << i, 1),
			      fixture_exact(8, 1), (struct sum){0});
	fixture_digest(f);
	ask(f, &o, &s);
	check_sum(&s);
	ck_assert_uint_eq(s.nr_rows, 2);
	ck_assert_uint_eq(s.rows[0].nr_places, 1);
	ck_assert_double_eq(s.rows[0].weights[0].value, 16);
	ck_assert_double_eq(s.rows[1].weights[0].value, 40);
	ck_assert_str_eq(s.rows[1].places[1].function, "f");
	o.by = "line";
	ask(f, &o, &s);
	check_sum(&s);
	ck_assert_uint_eq(s.nr_rows, 3);
	fixture_free(f);
}
END_TEST

/* Of two moments: the weights of both, and by how much each stack changed. */
START_TEST(moments_side_by_side)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {.view = "top",
					    .compare = "20,peak"};
	struct stacks s;
	double change = 0;

	ask(f, &o, &s);
	ck_assert_uint_eq(s.nr_moments, 2);
	ck_assert_uint_gt(s.nr_columns, 2);
	ck_assert_uint_eq(s.nr_columns % 2, 0);
	ck_assert_str_eq(s.columns[1].metric, "live");
	ck_assert_str_eq(s.columns[2].metric, "live-count");
	for (size_t i = 0; i < s.nr_rows; i++) {
		const struct stack *row = &s.rows[i];

		ck_assert_double_eq_tol(row->weights[1].value -
						row->weights[0].value,
					row->change.value, 1e-3);
		change += row->change.value;
	}
	ck_assert_double_eq_tol(change, s.change.value, 1);
	o.metric = "count";
	ask(f, &o, &s);
	ck_assert_uint_eq(s.nr_columns, 2);
	fixture_free(f);
}
END_TEST

Suite *flame_suite(void)
{
	Suite *s = suite_create("flame");
	TCase *t = tcase_create("flame");

	tcase_add_test(t, demo);
	tcase_add_test(t, equal_stacks_are_one);
	tcase_add_test(t, moments_side_by_side);
	suite_add_tcase(s, t);
	return s;
}
