/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

/* Names may hold what means something in the language, or in HTML. */
START_TEST(names)
{
	static const char *const wanted[] = {
		"operator&lt;&lt;(&amp;x)",
		"say &quot;no&#92;N&quot;",
		"tooltip=\"say \\\"no\\\\N\\\"",
		"tooltip=\"operator<<(&amp;x)",
		"b&lt;c&gt;.c:7",
		"./pr\\\"og\\\\l &amp;amp; ",
	};
	static const char *const argv[] = {"./pr\"og\\l", "&amp;", NULL};
	struct fixture *f = fixture_new();
	uint32_t a = fixture_frame(f, "say \"no\\N\"", "a.c", 1);
	uint32_t b = fixture_frame(f, "operator<<(&x)", "/src/b<c>.c", 7);
	uint32_t t = fixture_trace(f, a, b, -1);
	char *text;

	f->digest.argv = argv;
	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK | DIGEST_END);
	fixture_usage(f, t, fixture_sampled(1e6, 10, 0.01),
		      fixture_sampled(1e6, 10, 0.01), (struct sum){0});
	fixture_digest(f);
	text = fixture_report(
		f, &(struct heapprof_report_options){.view = "flow",
						     .format = "dot",
						     .no_collapse = true});
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		ck_assert_msg(strstr(text, wanted[i]), "no %s in\n%s",
			      wanted[i], text);
	/* "more than 100%" in an HTML label, and in a plain one. */
	ck_assert_ptr_nonnull(strstr(text, "±&gt;100%<br/>"));
	ck_assert_ptr_nonnull(strstr(text, "±>100%  \", color"));
	free(text);
	fixture_free(f);
}
END_TEST

/* The larger a part, the darker, wider and larger. */
START_TEST(looks)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t big =
		fixture_trace(f, fixture_frame(f, "big", "m.c", 2), main, -1);
	uint32_t small =
		fixture_trace(f, fixture_frame(f, "small", "m.c", 3), main, -1);
	struct heapprof_report_options o = {.view = "flow", .format = "dot"};
	struct sum none = {0};
	char *text;

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK | DIGEST_END);
	fixture_usage(f, big, fixture_exact(75, 1), fixture_exact(75, 1), none);
	fixture_usage(f, small, fixture_exact(25, 1), fixture_exact(25, 1),
		      none);
	fixture_digest(f);
	text = fixture_report(f, &o);
	ck_assert_ptr_nonnull(strstr(text, "n0 [fontsize=11.0, "));
	ck_assert_ptr_nonnull(strstr(text, "n1 [fontsize=29.2, "));
	ck_assert_ptr_nonnull(strstr(text, "n2 [fontsize=21.5, "));
	ck_assert_ptr_nonnull(strstr(text, "color=\"#000000\", penwidth=3.80, "
					   "class=\"w4\""));
	ck_assert_ptr_nonnull(strstr(text, "color=\"#5a5a5a\", penwidth=1.80, "
					   "class=\"w2\""));
	ck_assert_ptr_null(strstr(text, "left out"));
	free(text);
	o.no_scale = true;
	text = fixture_report(f, &o);
	ck_assert_ptr_null(strstr(text, "fontsize=29.2"));
	free(text);
	o.min_node = "0.3";
	text = fixture_report(f, &o);
	ck_assert_ptr_nonnull(
		strstr(text, "left out: 1 place below 30% of the total\\l"));
	free(text);
	fixture_free(f);
}
END_TEST

/* A beginning that all stacks have, where they begin in several places. */
START_TEST(start)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {.view = "flow", .format = "dot"};
	char *text = fixture_report(f, &o);

	ck_assert_ptr_null(strstr(text, "start -> "));
	free(text);
	o.min_node = "0";
	text = fixture_report(f, &o);
	ck_assert_ptr_nonnull(strstr(text, "\tstart -> n0 ["));
	free(text);
	fixture_free(f);
}
END_TEST

Suite *dot_suite(void)
{
	Suite *s = suite_create("dot");
	TCase *t = tcase_create("dot");

	tcase_add_test(t, names);
	tcase_add_test(t, looks);
	tcase_add_test(t, start);
	suite_add_tcase(s, t);
	return s;
}
