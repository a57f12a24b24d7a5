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

Suite *tree_suite(void)
{
	Suite *s = suite_create("tree");
	TCase *t = tcase_create("tree");

	tcase_add_test(t, demo);
	tcase_add_test(t, small_calls_are_pruned);
	tcase_add_test(t, deep);
	suite_add_tcase(s, t);
	return s;
}
