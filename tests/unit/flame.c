/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
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

/* Each node is as wide as what it calls, and what it has itself. */
START_TEST(tree)
{
	static const struct heapprof_report_options asked[] = {
		{.view = "flame"},
		{.view = "flame", .inverted = true, .by = "line"},
		{.view = "flame", .compare = "20,peak,end"},
		{.view = "flame", .metric = "count", .ignore = "cache"},
	};
	struct fixture *f = fixture_demo();
	static struct result r;

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		const struct flame_graph *g = &r.flame;
		double calls[256] = {0};

		fixture_ask(f, &asked[i], &r);
		ck_assert_uint_gt(g->nr_nodes, 3);
		ck_assert_uint_lt(g->nr_nodes, ARRAY_SIZE(calls));
		for (size_t n = g->nr_nodes - 1; n > 0; n--) {
			const struct flame_node *node = &g->nodes[n];
			const struct flame_node *up = &g->nodes[node->parent];

			ck_assert_uint_eq(node->depth, up->depth + 1);
			ck_assert_double_ge(node->start, up->start);
			ck_assert_double_le(node->start + node->width,
					    (up->start + up->width) *
						    (1 + 1e-9));
			calls[node->parent] += node->width;
			ck_assert_double_le(calls[node->parent],
					    up->width * (1 + 1e-9));
		}
		for (size_t k = 0; k < g->nr_moments; k++)
			ck_assert_double_eq_tol(g->nodes[0].weights[k].value +
							g->hidden[k].value,
						g->moments[k].total.value, 1);
	}
	fixture_free(f);
}
END_TEST

/* Upside down, stacks begin where the view top counts them. */
START_TEST(inverted)
{
	struct fixture *f = fixture_demo();
	static struct result r, top;
	size_t found = 0;

	fixture_ask(f,
		    &(struct heapprof_report_options){.view = "flame",
						      .inverted = true},
		    &r);
	fixture_ask(f, &(struct heapprof_report_options){.view = "top"}, &top);
	for (size_t i = 0; i < r.flame.nr_nodes; i++) {
		const struct flame_node *n = &r.flame.nodes[i];

		for (size_t k = 0; k < top.table.nr_rows; k++) {
			const struct row *row = &top.table.rows[k];

			if (n->depth != 1 || !n->place.function ||
			    !row->place.function ||
			    strcmp(n->place.function, row->place.function) != 0)
				continue;
			ck_assert_double_eq(n->weights[0].value,
					    row->cells[0].value);
			ck_assert_double_eq(n->weights[0].error,
					    row->cells[0].error);
			found++;
		}
	}
	ck_assert_uint_ge(found, 3);
	fixture_free(f);
}
END_TEST

/* No more spoils the line of a stack than in any other output. */
START_TEST(collapsed_files)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "/d/\xa2;\n.c", 1);
	char *text;

	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, fixture_trace(f, main, -1), fixture_exact(8, 1),
		      fixture_exact(8, 1), (struct sum){0});
	fixture_digest(f);
	text = fixture_report(
		f, &(struct heapprof_report_options){.view = "flame",
						     .by = "line",
						     .format = "collapsed"});
	ck_assert_str_eq(text, "main \\xa2:\\x0a.c:1 8\n");
	free(text);
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
	tcase_add_test(t, tree);
	tcase_add_test(t, inverted);
	tcase_add_test(t, collapsed_files);
	suite_add_tcase(s, t);
	return s;
}
