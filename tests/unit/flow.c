/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "query/flow.h"

#include "fixture.h"
#include "unit.h"

static void ask(struct fixture *f, const char *by, const size_t *instants,
		size_t nr, const struct flow_options *options,
		struct graph *out)
{
	const struct heapprof_report_options o = {.view = "tree", .by = by};
	struct side sides[FIXTURE_MAX];
	struct query q;

	ck_assert_int_eq(query_ask(&q, &o, SHAPE_ANY, NULL), 0);
	ck_assert_int_eq(query_bind(&q, &f->digest, &f->arena, NULL), 0);
	for (size_t i = 0; i < nr; i++)
		sides[i] =
			(struct side){&f->digest, instants[i], q.from, q.to, 1};
	q.sides = sides;
	q.nr_sides = nr;
	ck_assert_int_eq(flow_graph(&q, options, out), 0);
	query_fini(&q);
}

/* What goes into each node comes out or stays. */
static void check_balance(const struct graph *g, size_t k)
{
	double entries = g->folded[k].value + g->hidden[k].value;

	for (size_t i = 0; i < g->nr_nodes; i++) {
		const struct graph_node *n = &g->nodes[i];
		double in = n->entry[k].value + n->dropped_in[k].value;
		double out = n->local[k].value + n->dropped_out[k].value;

		for (size_t e = 0; e < g->nr_edges; e++) {
			const struct graph_edge *edge = &g->edges[e];

			if (edge->to == i)
				in += edge->flow[k].value;
			if (edge->from == i)
				out += edge->flow[k].value;
		}
		entries += n->entry[k].value;
		ck_assert_double_eq_tol(in, out, 1e-6 * (in + 1));
		ck_assert_double_le(n->cumulative[k].value,
				    g->moments[k].total.value * (1 + 1e-12));
		ck_assert_double_ge(n->cumulative[k].value * (1 + 1e-12), in);
	}
	ck_assert_double_le(entries, g->moments[k].total.value * (1 + 1e-9));
}

static const struct graph_node *find(const struct graph *g, const char *name)
{
	for (size_t i = 0; i < g->nr_nodes; i++)
		for (size_t k = 0; k < g->nodes[i].nr_places; k++)
			if (g->nodes[i].places[k].function &&
			    !strcmp(g->nodes[i].places[k].function, name))
				return &g->nodes[i];
	return NULL;
}

static const struct estimate *flow_between(const struct graph *g,
					   const char *from, const char *to)
{
	size_t a = (size_t)(find(g, from) - g->nodes);
	size_t b = (size_t)(find(g, to) - g->nodes);

	for (size_t i = 0; i < g->nr_edges; i++)
		if (g->edges[i].from == a && g->edges[i].to == b)
			return g->edges[i].flow;
	return NULL;
}

static const struct flow_options all = {0, 0, false}, chains = {0, 0, true};

START_TEST(demo)
{
	static const struct flow_options few = {0.05, 0.1, true};
	struct fixture *f = fixture_demo();
	size_t at[] = {f->digest.peak, 5, 60};
	const char *by[] = {"function", "line", "module"};
	struct graph g, again;

	for (size_t i = 0; i < ARRAY_SIZE(by); i++) {
		ask(f, by[i], at, 3, &all, &g);
		for (size_t k = 0; k < 3; k++)
			check_balance(&g, k);
		ck_assert_uint_eq(g.nr_dropped_nodes + g.nr_dropped_edges, 0);
		ask(f, by[i], at, 3, &few, &again);
		for (size_t k = 0; k < 3; k++)
			check_balance(&again, k);
		ck_assert(again.nr_nodes < g.nr_nodes || i == 2);
	}
	fixture_free(f);
}
END_TEST

/* main -> a -> b -> leaf, of which only main has a second callee. */
START_TEST(chains_are_one_node)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t a = fixture_frame(f, "a", "m.c", 2);
	uint32_t b = fixture_frame(f, "b", "m.c", 3);
	uint32_t leaf = fixture_frame(f, "leaf", "m.c", 4);
	uint32_t other = fixture_frame(f, "other", "m.c", 5);
	uint32_t one = fixture_trace(f, leaf, b, a, main, -1);
	uint32_t two = fixture_trace(f, other, main, -1);
	const struct graph_node *n;
	size_t at = 0;
	struct graph g;

	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, one, fixture_exact(30, 1), fixture_exact(30, 1),
		      (struct sum){0});
	fixture_usage(f, two, fixture_exact(12, 1), fixture_exact(12, 1),
		      (struct sum){0});
	fixture_digest(f);
	ask(f, "function", &at, 1, &chains, &g);
	check_balance(&g, 0);
	ck_assert_uint_eq(g.nr_nodes, 3);
	ck_assert_uint_eq(g.nr_edges, 2);
	n = find(&g, "b");
	ck_assert_uint_eq(n->nr_places, 3);
	ck_assert_str_eq(n->places[0].function, "a");
	ck_assert_str_eq(n->places[2].function, "leaf");
	ck_assert_double_eq(n->local->value, 30);
	ck_assert_double_eq(n->cumulative->value, 30);
	ck_assert_double_eq(find(&g, "main")->entry->value, 42);
	ck_assert_double_eq(flow_between(&g, "main", "other")->value, 12);
	ask(f, "function", &at, 1, &(struct flow_options){0.5, 0, true}, &g);
	check_balance(&g, 0);
	ck_assert_uint_eq(g.nr_dropped_nodes, 1);
	ck_assert_ptr_null(find(&g, "other"));
	ck_assert_uint_eq(g.nr_dropped_edges, 0);
	ck_assert_double_eq(find(&g, "main")->dropped_out->value, 12);
	fixture_free(f);
}
END_TEST

/*
 * main calls leaf 5 itself, and 60 through a; and small 3.  An edge is left out
 * if it is small for both its ends, and then not taken for none.
 */
START_TEST(small_edges)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t a = fixture_frame(f, "a", "m.c", 2);
	uint32_t leaf = fixture_frame(f, "leaf", "m.c", 3);
	uint32_t small = fixture_frame(f, "small", "m.c", 4);
	const struct {
		uint32_t trace;
		double bytes;
	} stacks[] = {
		{fixture_trace(f, leaf, a, main, -1), 60},
		{fixture_trace(f, leaf, main, -1), 5},
		{fixture_trace(f, small, main, -1), 3},
	};
	size_t at = 0;
	struct graph g;

	fixture_instant(f, 0, DIGEST_START);
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		fixture_usage(
			f, stacks[i].trace, fixture_exact(stacks[i].bytes, 1),
			fixture_exact(stacks[i].bytes, 1), (struct sum){0});
	fixture_digest(f);
	ask(f, "function", &at, 1, &(struct flow_options){0, 0.1, true}, &g);
	check_balance(&g, 0);
	ck_assert_uint_eq(g.nr_nodes, 4);
	ck_assert_uint_eq(g.nr_edges, 3);
	ck_assert_uint_eq(g.nr_dropped_edges, 1);
	ck_assert_double_eq(find(&g, "main")->dropped_out->value, 5);
	ck_assert_double_eq(find(&g, "leaf")->dropped_in->value, 5);
	ck_assert_double_eq(flow_between(&g, "main", "small")->value, 3);
	fixture_free(f);
}
END_TEST

START_TEST(recursion_counts_once)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t a = fixture_frame(f, "a", "m.c", 2);
	uint32_t b = fixture_frame(f, "b", "m.c", 3);
	uint32_t leaf = fixture_frame(f, "leaf", "m.c", 4);
	uint32_t one = fixture_trace(f, leaf, a, b, a, a, main, -1);
	uint32_t two = fixture_trace(f, b, a, b, a, main, -1);
	size_t at = 0;
	struct graph g;

	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, one, fixture_sampled(30, 1, 0.5), fixture_exact(30, 1),
		      (struct sum){0});
	fixture_usage(f, two, fixture_exact(12, 1), fixture_exact(12, 1),
		      (struct sum){0});
	fixture_digest(f);
	ask(f, "function", &at, 1, &all, &g);
	check_balance(&g, 0);
	ck_assert_double_eq(find(&g, "a")->cumulative->value, 42);
	ck_assert_double_eq(find(&g, "b")->cumulative->value, 42);
	ck_assert_double_eq(flow_between(&g, "main", "a")->value, 42);
	ck_assert_double_gt(flow_between(&g, "main", "a")->error, 0);
	ck_assert_double_eq(flow_between(&g, "a", "b")->error, 0);
	/* The whole is the peak, which was chosen. */
	ck_assert_double_ge(g.moments->total.error,
			    flow_between(&g, "main", "a")->error);
	ck_assert_double_eq(flow_between(&g, "a", "leaf")->value, 30);
	ck_assert_double_eq(flow_between(&g, "a", "b")->value, 12);
	ck_assert_ptr_null(flow_between(&g, "b", "a"));
	ck_assert_ptr_null(flow_between(&g, "a", "a"));
	fixture_free(f);
}
END_TEST

/* Sums of damaged logs may cancel, and leave a chain that bites its tail. */
START_TEST(circle)
{
	struct fixture *f = fixture_new();
	uint32_t x = fixture_frame(f, "x", "m.c", 1);
	uint32_t a = fixture_frame(f, "a", "m.c", 2);
	uint32_t b = fixture_frame(f, "b", "m.c", 3);
	uint32_t traces[] = {
		fixture_trace(f, x, b, a, -1),
		fixture_trace(f, x, a, b, -1),
		fixture_trace(f, x, a, -1),
		fixture_trace(f, x, b, -1),
	};
	size_t at = 0;
	struct graph g;

	fixture_instant(f, 0, DIGEST_START);
	for (size_t i = 0; i < 4; i++)
		fixture_usage(f, traces[i], fixture_exact(i < 2 ? 8 : -8, 0),
			      fixture_exact(1, 1), (struct sum){0});
	f->instants[0].live.bytes = 1;
	fixture_digest(f);
	ask(f, "function", &at, 1, &chains, &g);
	for (size_t i = 0; i < g.nr_edges; i++) {
		ck_assert_uint_lt(g.edges[i].from, g.nr_nodes);
		ck_assert_uint_lt(g.edges[i].to, g.nr_nodes);
	}
	fixture_free(f);
}
END_TEST

/* As deep and wide as the fixture goes, more edges than there is room at
   first. */
START_TEST(many)
{
	struct fixture *f = fixture_new();
	size_t at = 0;
	struct graph g;
	double flow = 0;

	fixture_instant(f, 0, DIGEST_START);
	for (uint32_t i = 0; i < 60; i++)
		fixture_frame(f, arena_printf(&f->arena, "f%u", i), "f.c", i);
	srand48(3);
	for (int i = 0; i < 100; i++) {
		uint32_t trace = fixture_trace(f, -1);

		f->traces[trace].nr_frames = 40;
		for (uint32_t k = 0; k < 40; k++)
			f->stacks[trace][k] = (uint32_t)(drand48() * 60);
		fixture_usage(f, trace, fixture_exact(1 << i % 20, 1),
			      fixture_exact(1, 1), (struct sum){0});
	}
	fixture_digest(f);
	ask(f, "function", &at, 1, &all, &g);
	ck_assert_uint_gt(g.nr_edges, 300);
	check_balance(&g, 0);
	for (size_t i = 0; i < g.nr_nodes; i++)
		flow += g.nodes[i].local->value;
	ck_assert_double_eq(flow, g.moments->total.value);
	for (size_t i = 1; i < g.nr_edges; i++)
		ck_assert_double_ge(g.edges[i - 1].flow->value,
				    g.edges[i].flow->value);
	ask(f, "function", &at, 1, &(struct flow_options){0.2, 0.01, true}, &g);
	check_balance(&g, 0);
	fixture_free(f);
}
END_TEST

START_TEST(options)
{
	static const char *const wrong[] = {
		"", "x", "0.1x", "-0.1", "1.1", "nan", "0x.8", "1%", "1e9"};
	static const char *const fine[] = {"0", "1", "0.01", "1e-3", ".5"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ck_assert(!fixture_can(&(struct heapprof_report_options){
			.view = "flow", .min_node = wrong[i]}));
		ck_assert(!fixture_can(&(struct heapprof_report_options){
			.view = "flow", .min_edge = wrong[i]}));
		ck_assert_ptr_nonnull(strstr(fixture_said, "--min-edge: '"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		ck_assert(fixture_can(&(struct heapprof_report_options){
			.view = "flow",
			.min_node = fine[i],
			.min_edge = fine[i]}));
}
END_TEST

/* The view is by line, unless told otherwise, and compares. */
START_TEST(view)
{
	struct fixture *f = fixture_demo();
	static struct result r;

	fixture_ask(f, &(struct heapprof_report_options){.view = "flow"}, &r);
	ck_assert_int_eq(r.graph.nodes[0].places[0].kind, PLACE_LINE);
	ck_assert_uint_eq(r.graph.nr_moments, 1);
	ck_assert_double_eq(r.graph.min_node, FLOW_MIN_NODE);
	ck_assert_double_eq(r.graph.min_edge, FLOW_MIN_EDGE);
	ck_assert(r.graph.scale);
	check_balance(&r.graph, 0);
	fixture_ask(f,
		    &(struct heapprof_report_options){.view = "flow",
						      .by = "module",
						      .compare = "start,peak",
						      .min_node = "0",
						      .min_edge = "0.5",
						      .no_scale = true},
		    &r);
	ck_assert_int_eq(r.graph.nodes[0].places[0].kind, PLACE_MODULE);
	ck_assert_uint_eq(r.graph.nr_moments, 2);
	ck_assert_double_eq(r.graph.min_node, 0);
	ck_assert_double_eq(r.graph.min_edge, 0.5);
	ck_assert(!r.graph.scale);
	check_balance(&r.graph, 0);
	check_balance(&r.graph, 1);
	ck_assert_double_eq(r.graph.moments[0].total.value,
			    f->instants[0].live.bytes);
	fixture_free(f);
}
END_TEST

Suite *flow_suite(void)
{
	Suite *s = suite_create("flow");
	TCase *t = tcase_create("flow");

	tcase_add_test(t, demo);
	tcase_add_test(t, chains_are_one_node);
	tcase_add_test(t, small_edges);
	tcase_add_test(t, recursion_counts_once);
	tcase_add_test(t, circle);
	tcase_add_test(t, many);
	tcase_add_test(t, options);
	tcase_add_test(t, view);
	suite_add_tcase(s, t);
	return s;
}
