/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

#define LINES(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const struct series *ask(struct fixture *f,
				struct heapprof_report_options o)
{
	static struct result r;

	o.view = "time";
	fixture_ask(f, &o, &r);
	return &r.series;
}

/*
 * At 1 s 100 bytes: 60 by leaf, called from rec twice, 40 by other; at 3 s 30
 * by leaf, and all of other freed.  150 were live at most in between.
 */
static struct fixture *simple(void)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main(int)", "src/m.c", 1);
	uint32_t rec = fixture_frame(f, "rec", "src/lib/r.c", 5);
	uint32_t leaf = fixture_frame(f, "leaf", "src/lib/l.c", 7);
	uint32_t other = fixture_frame(f, "other", "src/o.c", 8);
	uint32_t a = fixture_trace(f, leaf, rec, rec, main, -1);
	uint32_t b = fixture_trace(f, other, main, -1);
	struct sum none = {0};

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK);
	fixture_usage(f, a, fixture_exact(60, 6), fixture_exact(60, 6), none);
	fixture_usage(f, b, fixture_exact(40, 1), fixture_exact(40, 1), none);
	fixture_instant(f, 3, DIGEST_END);
	fixture_usage(f, a, fixture_exact(30, 3), fixture_exact(50, 5),
		      fixture_exact(80, 8));
	fixture_usage(f, b, none, none, fixture_exact(40, 1));
	f->instants[2].max_live = fixture_exact(150, 11);
	f->instants[1].rss = 4096;
	fixture_digest(f);
	return f;
}

static void check(struct estimate e, double value)
{
	ck_assert_double_eq(e.value, value);
	ck_assert_double_eq(e.error, 0);
}

START_TEST(figures)
{
	struct fixture *f = simple();
	const struct series *s =
		ask(f, (struct heapprof_report_options){.view = NULL});

	ck_assert_uint_eq(s->nr_points, 3);
	ck_assert_uint_eq(s->times_ns[2], 3000000000);
	check(s->live[1], 100);
	check(s->live[2], 30);
	check(s->max[1], 100);
	check(s->max[2], 150);
	ck_assert(isnan(s->rate[0].value));
	check(s->rate[1], 100);
	check(s->rate[2], 25);
	ck_assert_uint_eq(s->rss[1], 4096);
	ck_assert_uint_eq(s->rss[2], 0);
	ck_assert_uint_eq(s->peak_ns, 1000000000);
	check(s->peak, 100);
	ck_assert(!s->filtered);
	fixture_free(f);
}
END_TEST

/* What a line is, and what counts for it. */
START_TEST(lines)
{
	static const struct {
		const char *line, *label, *place;
		double at_1, at_3;
	} cases[] = {
		{"a=src/lib/r.c:5", "a", "src/lib/r.c:5", 60, 30},
		{"b=r.c:5", "b", "r.c:5", 60, 30},
		{"c=lib/l.c:7", "c", "lib/l.c:7", 60, 30},
		{"d=m.c:1", "d", "m.c:1", 100, 30},
		{"e=main", "e", "main", 100, 30},
		{"f=main(int)", "f", "main(int)", 100, 30},
		{"other", "other", "other", 40, 0},
		{"g=.c:5", "g", ".c:5", 0, 0},
		{"h=r.c:6", "h", "r.c:6", 0, 0},
		{"i=x=r.c:5", "i", "x=r.c:5", 0, 0},
	};
	struct fixture *f = simple();
	const char *texts[ARRAY_SIZE(cases) + 1] = {NULL};
	const struct series *s;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		texts[i] = cases[i].line;
	s = ask(f, (struct heapprof_report_options){.lines = texts});
	ck_assert_uint_eq(s->nr_lines, ARRAY_SIZE(cases));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_str_eq(s->lines[i].label, cases[i].label);
		ck_assert_str_eq(s->lines[i].place, cases[i].place);
		check(s->lines[i].live[0], 0);
		check(s->lines[i].live[1], cases[i].at_1);
		check(s->lines[i].live[2], cases[i].at_3);
	}
	fixture_free(f);
}
END_TEST

START_TEST(wrong_lines)
{
	static const char *const wrong[] = {"", "=", "a=", "=m.c:1"};
	struct fixture *f = simple();

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *const texts[] = {"a=main", wrong[i], NULL};
		const struct heapprof_report_options o = {.view = "time",
							  .lines = texts};

		ck_assert(!fixture_can(&o));
	}
	fixture_said[0] = '\0';
	ask(f, (struct heapprof_report_options){.lines = LINES("a=main")});
	ck_assert_str_eq(fixture_said, "");
	ask(f, (struct heapprof_report_options){.lines = LINES("a=m.c:2")});
	ck_assert_str_eq(fixture_said,
			 "1 --line: nothing allocated at 'm.c:2'; the view top "
			 "has the lines with --by=line");
	fixture_free(f);
}
END_TEST

/* Other views have no use for lines, and this one none for these. */
START_TEST(useless)
{
	const struct heapprof_report_options wrong[] = {
		{.view = "time", .metric = "count"},
		{.view = "time", .by = "line"},
		{.view = "time", .at = "end"},
		{.view = "top", .lines = LINES("a=main")},
		{.view = "summary", .lines = LINES("a=main")},
		{.view = "time", .min_node = "0.1"},
		{.view = "time", .no_collapse = true},
	};
	const struct heapprof_report_options fine = {
		.view = "time", .from = "start", .to = "end", .focus = "x"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert(!fixture_can(&wrong[i]));
	ck_assert(fixture_can(&fine));
}
END_TEST

START_TEST(part)
{
	struct fixture *f = fixture_demo();
	const struct series *s = ask(
		f, (struct heapprof_report_options){.from = "21", .to = "60"});

	ck_assert_uint_le(s->from_ns, 21000000000);
	ck_assert_uint_ge(s->to_ns, 60000000000);
	ck_assert_uint_eq(s->times_ns[0], s->from_ns);
	ck_assert_uint_eq(s->times_ns[s->nr_points - 1], s->to_ns);
	ck_assert_uint_eq(s->nr_marks, 0);
	/* What was before it is no part of it. */
	ck_assert_double_eq(s->max[0].value, s->live[0].value);
	ck_assert(isnan(s->rate[0].value));
	for (size_t i = 0; i < s->nr_points; i++)
		ck_assert_double_le(s->max[i].value, s->peak.value);
	s = ask(f, (struct heapprof_report_options){.from = "mark:serve"});
	ck_assert_uint_eq(s->nr_marks, 1);
	ck_assert_str_eq(s->marks[0].label, "serve");
	fixture_free(f);
}
END_TEST

/* What --ignore leaves and what it leaves out are all of it. */
START_TEST(filtered)
{
	struct fixture *f = fixture_demo();
	struct series all = *ask(f, (struct heapprof_report_options){.by = 0});
	struct series in =
		*ask(f, (struct heapprof_report_options){.focus = "cache"});
	struct series out =
		*ask(f, (struct heapprof_report_options){.ignore = "cache"});
	struct series line = *ask(f, (struct heapprof_report_options){
					     .lines = LINES("cache_insert")});

	ck_assert(in.filtered && out.filtered && !all.filtered);
	ck_assert_uint_eq(in.nr_points, all.nr_points);
	for (size_t i = 0; i < all.nr_points; i++) {
		ck_assert_double_eq_tol(in.live[i].value + out.live[i].value,
					all.live[i].value, 1e-3);
		ck_assert_double_eq(in.live[i].value,
				    line.lines[0].live[i].value);
		ck_assert_double_eq(in.live[i].error, 0);
		ck_assert_double_le(in.live[i].value, in.peak.value);
		if (i)
			ck_assert_double_eq_tol(in.rate[i].value +
							out.rate[i].value,
						all.rate[i].value, 1e-3);
	}
	fixture_free(f);
}
END_TEST

/* A line that is an estimate has the error of the table's. */
START_TEST(errors)
{
	struct fixture *f = fixture_demo();
	const struct heapprof_report_options o = {
		.lines = LINES("app::Parser::parse_line"), .to = "62"};
	const struct series *s = ask(f, o);
	struct estimate last = s->lines[0].live[s->nr_points - 1];
	static struct result top;

	fixture_ask(f,
		    &(struct heapprof_report_options){
			    .view = "top", .at = "62", .focus = "parse_line"},
		    &top);
	ck_assert_double_gt(last.error, 0);
	ck_assert_double_eq(last.value, top.table.rows[0].cells[0].value);
	ck_assert_double_eq(last.error, top.table.rows[0].cells[0].error);
	fixture_free(f);
}
END_TEST

Suite *timeline_suite(void)
{
	Suite *s = suite_create("timeline");
	TCase *t = tcase_create("timeline");

	tcase_add_test(t, figures);
	tcase_add_test(t, lines);
	tcase_add_test(t, wrong_lines);
	tcase_add_test(t, useless);
	tcase_add_test(t, part);
	tcase_add_test(t, filtered);
	tcase_add_test(t, errors);
	suite_add_tcase(s, t);
	return s;
}
