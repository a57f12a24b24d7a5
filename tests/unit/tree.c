/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

/* What a node has is what is below it and what it allocated itself. */
static void check_tree(const struct tree *t)
{
	double roots = t->folded.at[0].value + t->hidden.at[0].value;

	for (size_t i = 0; i < t->nr_nodes; i++) {
		const struct tree_node *n = &t->nodes[i];

		if (i && n->chained)
			ck_assert_uint_eq(n->depth, t->nodes[i - 1].depth);
		else if (n->depth == 0)
			roots += n->cumulative.at[0].value;
		if (i)
			ck_assert_uint_le(n->depth, t->nodes[i - 1].depth + 1);
		ck_assert_double_le(n->cumulative.at[0].value,
				    t->moments->total.value * (1 + 1e-12));
	}
	ck_assert_double_eq_tol(roots, t->moments->total.value, 1e-3);
}

START_TEST(demo)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {.view = "tree"};
	struct result r;

	fixture_ask(f, &o, &r);
	check_tree(&r.tree);
	ck_assert_str_eq(r.tree.nodes[0].place.function, "_start");
	ck_assert_str_eq(r.tree.nodes[1].place.function, "main");
	ck_assert(r.tree.nodes[1].chained);
	o.by = "module";
	fixture_ask(f, &o, &r);
	check_tree(&r.tree);
	o.by = "line";
	o.focus = "walk";
	o.metric = "count";
	fixture_ask(f, &o, &r);
	check_tree(&r.tree);
	ck_assert_double_gt(r.tree.hidden.at[0].value, 0);
	fixture_free(f);
}
END_TEST

START_TEST(small_calls_are_pruned)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	struct result r;

	fixture_instant(f, 0, DIGEST_START);
	for (int i = 0; i < 50; i++) {
		char *name = arena_printf(&f->arena, "f%d", i);
		uint32_t leaf = fixture_frame(f, name, "f.c", 1);
		uint32_t trace = fixture_trace(f, leaf, main, -1);
		struct sum s = fixture_exact(i ? 1 : 1000, 1);

		fixture_usage(f, trace, s, s, (struct sum){0});
	}
	fixture_digest(f);
	fixture_ask(f, &(struct heapprof_report_options){.view = "tree"}, &r);
	check_tree(&r.tree);
	ck_assert_uint_eq(r.tree.nr_nodes, 3);
	ck_assert_uint_eq(r.tree.nodes[2].nr_pruned, 49);
	ck_assert_double_eq(r.tree.nodes[2].cumulative.at[0].value, 49);
	ck_assert(r.tree.nodes[2].last && !r.tree.nodes[1].last);
	fixture_free(f);
}
END_TEST

/* Deeper than any screen, each level with a branch. */
START_TEST(deep)
{
	struct fixture *f = fixture_new();
	uint32_t stack[100];
	char *text;
	struct result r;

	fixture_instant(f, 0, DIGEST_START);
	for (uint32_t i = 0; i < 100; i++) {
		char *name = arena_printf(&f->arena, "function%u", i);
		uint32_t trace = fixture_trace(f, -1);

		stack[i] = fixture_frame(f, name, "f.c", i);
		for (uint32_t k = 0; k <= i; k++)
			f->stacks[trace][k] = stack[i - k];
		f->traces[trace].nr_frames = i + 1;
		fixture_usage(f, trace, fixture_exact(8, 1),
			      fixture_exact(8, 1), (struct sum){0});
	}
	fixture_digest(f);
	fixture_ask(f, &(struct heapprof_report_options){.view = "tree"}, &r);
	check_tree(&r.tree);
	ck_assert_uint_eq(r.tree.nr_nodes, 100);
	text = fixture_report(
		f, &(struct heapprof_report_options){.view = "tree"});
	ck_assert_ptr_nonnull(strstr(text, "  99 function99"));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(strlen(line), 80);
	free(text);
	fixture_free(f);
}
END_TEST

/* Nothing is lost: at each moment, the roots and the rest are the total. */
static void check_moments(const struct tree *t)
{
	double change = t->folded.change.value + t->hidden.change.value;

	for (size_t k = 0; k < t->nr_moments; k++) {
		double sum = t->folded.at[k].value + t->hidden.at[k].value;

		for (size_t i = 0; i < t->nr_nodes; i++)
			if (t->nodes[i].caller == TREE_ROOT)
				sum += t->nodes[i].cumulative.at[k].value;
		ck_assert_double_eq_tol(sum, t->moments[k].total.value, 1e-3);
	}
	for (size_t i = 0; i < t->nr_nodes; i++) {
		const struct tree_figure *f = &t->nodes[i].cumulative;

		if (t->nodes[i].caller == TREE_ROOT)
			change += f->change.value;
		ck_assert_double_eq_tol(f->at[t->nr_moments - 1].value -
						f->at[0].value,
					f->change.value, 1e-3);
	}
	ck_assert_double_eq_tol(change, t->change.value, 1e-3);
}

START_TEST(moments_add_up)
{
	static const struct heapprof_report_options cases[] = {
		{.view = "tree", .compare = "start,peak"},
		{.view = "tree", .compare = "peak,start"},
		{.view = "tree", .compare = "10,20,peak,end", .by = "line"},
		{.view = "tree", .compare = "20,peak", .metric = "live-count"},
		{.view = "tree", .compare = "20,90", .metric = "allocated"},
		{.view = "tree", .compare = "20,90", .by = "module", .top = 1},
		{.view = "tree", .compare = "20,90", .focus = "cache"},
		{.view = "tree", .compare = "1,2", .min_size = 1 << 20},
	};
	struct fixture *f = fixture_demo();
	struct result r;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fixture_ask(f, &cases[i], &r);
		ck_assert_uint_ge(r.tree.nr_moments, 2);
		check_moments(&r.tree);
	}
	fixture_free(f);
}
END_TEST

static const struct tree_node *find(const struct result *r, const char *name)
{
	for (size_t i = 0; i < r->tree.nr_nodes; i++)
		if (r->tree.nodes[i].place.function &&
		    !strcmp(r->tree.nodes[i].place.function, name))
			return &r->tree.nodes[i];
	return NULL;
}

static struct estimate find_row(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		if (!strcmp(t->rows[i].place.function, name))
			return t->rows[i].cells[0];
	ck_abort_msg("no row %s", name);
}

/* A caller has a line for what it calls, though its own changes cancel. */
START_TEST(changes_that_cancel)
{
	struct heapprof_report_options o = {.view = "tree", .compare = "1,2"};
	struct fixture *f = fixture_moved(1);
	const struct tree_node *n;
	struct result r;

	fixture_ask(f, &o, &r);
	check_moments(&r.tree);
	ck_assert_uint_eq(r.tree.nr_nodes, 4);
	ck_assert_double_eq(find(&r, "main")->cumulative.change.value, 0);
	ck_assert_double_eq(find(&r, "gain")->cumulative.change.value, 4e5);
	ck_assert_double_eq(find(&r, "lose")->cumulative.change.value, -4e5);
	n = &r.tree.nodes[3];
	ck_assert_uint_eq(n->nr_pruned, 1);
	ck_assert_double_eq(n->cumulative.change.value, 0);
	ck_assert_double_eq(n->cumulative.at[0].value, 1e6);
	/* A person who asks for one gets the first of two that are equal. */
	o.top = 1;
	fixture_ask(f, &o, &r);
	check_moments(&r.tree);
	ck_assert_uint_eq(r.tree.nodes[2].nr_pruned, 2);
	fixture_free(f);
}
END_TEST

/* Not only the first and the last count: in between, all came and went. */
START_TEST(moments_between)
{
	struct heapprof_report_options o = {
		.view = "tree",
		.compare = "start,1,2,start",
	};
	struct fixture *f = fixture_moved(1);
	struct result r;

	fixture_ask(f, &o, &r);
	check_moments(&r.tree);
	ck_assert_uint_eq(r.tree.nr_nodes, 4);
	ck_assert_str_eq(r.tree.nodes[3].place.function, "gain");
	ck_assert_double_eq(r.tree.nodes[3].cumulative.at[2].value, 4e5);
	ck_assert_double_eq(r.tree.nodes[3].cumulative.change.value, 0);
	fixture_free(f);
}
END_TEST

/* Blocks that are live at both cancel, for callers as well as in tables. */
START_TEST(errors_of_changes)
{
	static const char *const names[] = {"gain", "lose"};
	struct heapprof_report_options o = {
		.compare = "1,2", .view = "tree", .color = true};
	struct fixture *f = fixture_moved(0.1);
	struct result tree, table;

	fixture_ask(f, &o, &tree);
	o.view = "compare";
	fixture_ask(f, &o, &table);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct estimate e = find_row(&table.table, names[i]);
		struct estimate of = find(&tree, names[i])->cumulative.change;

		ck_assert_double_gt(e.error, 0);
		ck_assert_double_eq(of.value, e.value);
		ck_assert_double_eq_tol(of.error, e.error, 1e-6);
	}
	ck_assert_double_eq_tol(find(&tree, "main")->cumulative.change.error,
				table.table.total.error, 1e-6);
	ck_assert(find(&tree, "main")->cumulative.at[0].error >
		  table.table.total.error);
	fixture_free(f);
}
END_TEST

/*
 * In one colour, what may be chance has no line; but a caller has one where
 * something that it calls is sure.
 */
START_TEST(uncertain_changes_are_folded)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t mixed = fixture_frame(f, "mixed", "m.c", 2);
	uint32_t sure = fixture_trace(f, fixture_frame(f, "sure", "m.c", 3),
				      mixed, main, -1);
	uint32_t noise = fixture_trace(f, fixture_frame(f, "noise", "m.c", 4),
				       mixed, main, -1);
	uint32_t grown =
		fixture_trace(f, fixture_frame(f, "grown", "m.c", 5), main, -1);
	uint32_t loud =
		fixture_trace(f, fixture_frame(f, "loud", "m.c", 6), main, -1);
	struct sum none = {0}, few = fixture_exact(3e4, 3);
	struct sum much = fixture_sampled(1e6, 1e4, 0.1);
	struct sum some = fixture_sampled(4e4, 2, 0.01);
	struct heapprof_report_options o = {.view = "tree", .compare = "1,2"};
	struct result r;

	fixture_instant(f, 1, DIGEST_START);
	fixture_usage(f, noise, some, some, none);
	fixture_instant(f, 2, DIGEST_END);
	fixture_usage(f, sure, few, few, none);
	fixture_usage(f, noise, none, none, some);
	fixture_usage(f, grown, much, much, none);
	fixture_usage(f, loud, some, some, none);
	fixture_digest(f);
	fixture_ask(f, &o, &r);
	check_moments(&r.tree);
	ck_assert_ptr_nonnull(find(&r, "grown"));
	ck_assert(find(&r, "mixed")->uncertain);
	ck_assert(!find(&r, "sure")->uncertain);
	ck_assert_ptr_null(find(&r, "noise"));
	ck_assert_ptr_null(find(&r, "loud"));
	o.color = true;
	fixture_ask(f, &o, &r);
	ck_assert(find(&r, "noise")->uncertain);
	ck_assert(find(&r, "loud")->uncertain);
	fixture_free(f);
}
END_TEST

/* No line of a call is wider than it may be. */
START_TEST(widths)
{
	static const char *const moments[] = {"20,peak", "10,peak,end"};
	struct fixture *f = fixture_demo();
	unsigned lines = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct heapprof_report_options o = {
			.view = "tree",
			.width = 70 + i / 2 * 10,
			.by = "line",
			.compare = moments[i % 2],
		};
		char *text = fixture_report(f, &o);
		char *line = strtok(strstr(text, "change "), "\n");

		while ((line = strtok(NULL, "\n"))) {
			if (strstr(line, " (small ones"))
				break;
			ck_assert_msg(strlen(line) <= o.width, "%u: %s",
				      o.width, line);
			lines++;
		}
		free(text);
	}
	ck_assert_uint_gt(lines, 100);
	fixture_free(f);
}
END_TEST

Suite *tree_suite(void)
{
	Suite *s = suite_create("tree");
	TCase *t = tcase_create("tree");

	tcase_add_test(t, demo);
	tcase_add_test(t, small_calls_are_pruned);
	tcase_add_test(t, deep);
	tcase_add_test(t, moments_add_up);
	tcase_add_test(t, changes_that_cancel);
	tcase_add_test(t, moments_between);
	tcase_add_test(t, errors_of_changes);
	tcase_add_test(t, uncertain_changes_are_folded);
	tcase_add_test(t, widths);
	suite_add_tcase(s, t);
	return s;
}
