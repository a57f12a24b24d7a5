/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base.h"

#include "fixture.h"
#include "unit.h"

/* The row of a function, or NULL. */
static const struct row *find(const struct table *t, const char *function)
{
	for (size_t i = 0; i < t->nr_rows; i++) {
		const char *name = t->rows[i].place.function;

		if (name && !strcmp(name, function))
			return &t->rows[i];
	}
	return NULL;
}

/* Rows and rest are the total, and no part is more than the whole. */
static void check_sums(const struct table *t)
{
	double self = t->other.value, rest = 0;

	for (size_t i = 0; i < t->nr_rows; i++) {
		self += t->rows[i].cells[0].value;
		ck_assert_double_le(t->rows[i].cells[0].value,
				    t->rows[i].cells[1].value);
		ck_assert_double_le(t->rows[i].cells[1].value,
				    t->total.value * (1 + 1e-12));
	}
	for (size_t k = 0; k < REST_MAX; k++)
		rest += t->rest[k].value;
	ck_assert_double_eq_tol(rest, t->other.value, 1e-3);
	ck_assert_double_eq_tol(self, t->total.value, 1e-3);
}

/*
 * 100 bytes: 60 by leaf, called from rec three times over, 30 by other through
 * xmalloc, 10 in traces that were folded.
 */
static struct fixture *simple(void)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t rec = fixture_frame(f, "rec", "r.c", 5);
	uint32_t rec2 = fixture_frame(f, "rec", "r.c", 6);
	uint32_t leaf = fixture_frame(f, "leaf", "l.c", 7);
	uint32_t other = fixture_frame(f, "other", "o.c", 8);
	uint32_t xmalloc = fixture_frame(f, "xmalloc", "x.c", 9);
	uint32_t a = fixture_trace(f, leaf, rec, rec2, rec, main, -1);
	uint32_t b = fixture_trace(f, xmalloc, other, main, -1);
	struct sum none = {0};

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK);
	fixture_usage(f, DIGEST_OTHER, fixture_exact(10, 1),
		      fixture_exact(10, 1), none);
	fixture_usage(f, a, fixture_exact(60, 6), fixture_exact(60, 6), none);
	fixture_usage(f, b, fixture_sampled(30, 3, 0.8),
		      fixture_sampled(30, 3, 0.8), none);
	fixture_instant(f, 2, DIGEST_END);
	fixture_usage(f, b, fixture_sampled(20, 2, 0.8), none,
		      fixture_sampled(10, 1, 0.8));
	fixture_digest(f);
	return f;
}

START_TEST(recursion_counts_once)
{
	struct fixture *f = simple();
	struct result r;
	const struct row *row;

	fixture_ask(f, &(struct heapprof_report_options){.view = "top"}, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 100);
	row = find(&r.table, "rec");
	ck_assert_double_eq(row->cells[0].value, 0);
	ck_assert_double_eq(row->cells[1].value, 60);
	row = find(&r.table, "main");
	ck_assert_double_eq(row->cells[1].value, 90);
	ck_assert_str_eq(r.table.rows[0].place.function, "leaf");
	ck_assert_double_eq(r.table.rest[REST_FOLDED].value, 10);
	fixture_free(f);
}
END_TEST

START_TEST(wrappers_count_for_their_caller)
{
	struct fixture *f = simple();
	struct result r;
	const struct row *row;

	fixture_ask(f, &(struct heapprof_report_options){.view = "top"}, &r);
	row = find(&r.table, "other");
	ck_assert_double_eq(row->cells[0].value, 30);
	ck_assert_double_eq_tol(row->cells[0].error,
				1.96 * sqrt(75 + 1.96 * 1.96 / 2 * 6.25), 1e-9);
	ck_assert_str_eq(row->via->function, "xmalloc");
	ck_assert_uint_eq(row->place.line, 8);
	row = find(&r.table, "xmalloc");
	ck_assert_double_eq(row->cells[0].value, 0);
	ck_assert_double_eq(row->cells[1].value, 30);
	fixture_free(f);
}
END_TEST

START_TEST(limit_focus_and_size)
{
	struct heapprof_report_options o = {.view = "top", .top = 1};
	struct fixture *f = simple();
	struct result r;

	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_uint_eq(r.table.nr_rows, 1);
	ck_assert_double_eq(r.table.rest[REST_ROWS].value, 30);
	ck_assert_uint_eq(r.table.nr_rest[REST_ROWS], 1);

	o = (struct heapprof_report_options){.view = "top", .focus = "r.c:6"};
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.rest[REST_HIDDEN].value, 30);
	ck_assert_ptr_null(find(&r.table, "other"));

	o = (struct heapprof_report_options){.view = "top", .ignore = "^rec$"};
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.rest[REST_HIDDEN].value, 60);
	ck_assert_ptr_null(find(&r.table, "leaf"));

	o = (struct heapprof_report_options){.view = "top", .min_size = 61};
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_uint_eq(r.table.nr_rows, 1);
	ck_assert_str_eq(r.table.rows[0].place.function, "main");
	fixture_free(f);
}
END_TEST

START_TEST(metrics_and_ranges)
{
	struct heapprof_report_options o = {.view = "top"};
	struct fixture *f = simple();
	struct result r;

	o.metric = "live-count";
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 10);
	o.metric = "allocated";
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 100);
	ck_assert(!r.table.period.instant);
	o.from = "1";
	fixture_ask(f, &o, &r);
	ck_assert_double_eq(r.table.total.value, 0);
	o.metric = "freed";
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 10);
	o = (struct heapprof_report_options){.view = "top", .at = "end"};
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 20);
	o.at = "1.9";
	fixture_ask(f, &o, &r);
	ck_assert_double_eq(r.table.total.value, 100);
	fixture_free(f);
}
END_TEST

START_TEST(groupings)
{
	struct heapprof_report_options o = {.view = "top", .by = "line"};
	struct fixture *f = simple();
	struct result r;

	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_uint_eq(r.table.nr_rows, 6);
	o.by = "module";
	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_uint_eq(r.table.nr_rows, 1);
	ck_assert_double_eq(r.table.rows[0].cells[0].value, 90);
	ck_assert_double_eq(r.table.rows[0].cells[1].value, 90);
	fixture_free(f);
}
END_TEST

START_TEST(leaks)
{
	struct heapprof_report_options o = {.view = "leaks"};
	struct fixture *f = simple();
	struct result r;

	fixture_ask(f, &o, &r);
	ck_assert_uint_eq(r.table.nr_rows, 1);
	ck_assert_double_eq(r.table.total.value, 20);
	ck_assert_str_eq(r.table.rows[0].place.function, "other");
	ck_assert_double_eq(r.table.rows[0].cells[1].value, 2);
	ck_assert_uint_eq(r.table.rows[0].nr_stack, 1);
	ck_assert_str_eq(r.table.rows[0].stack[0].function, "main");
	fixture_free(f);
}
END_TEST

START_TEST(deep_stacks_are_cut)
{
	struct fixture *f = fixture_new();
	uint32_t trace = fixture_trace(f, -1);
	struct result r;

	for (uint32_t i = 0; i < 20; i++) {
		char *name = arena_printf(&f->arena, "f%u", i);

		f->stacks[trace][i] = fixture_frame(f, name, "f.c", i + 1);
	}
	f->traces[trace].nr_frames = 20;
	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, trace, fixture_exact(8, 1), fixture_exact(8, 1),
		      (struct sum){0});
	fixture_digest(f);
	fixture_ask(f, &(struct heapprof_report_options){.view = "leaks"}, &r);
	ck_assert_uint_eq(r.table.rows[0].nr_stack, 8);
	ck_assert_uint_eq(r.table.rows[0].nr_more, 11);
	fixture_free(f);
}
END_TEST

START_TEST(only_wrappers_or_cut)
{
	struct fixture *f = fixture_new();
	uint32_t cut = fixture_frame(f, NULL, NULL, 0);
	uint32_t inner = fixture_frame(f, "malloc", NULL, 0);
	uint32_t outer = fixture_frame(f, "xmalloc", NULL, 0);
	uint32_t a = fixture_trace(f, inner, outer, cut, -1);
	uint32_t b = fixture_trace(f, cut, -1);
	struct result r;

	f->frames[cut].cut = true;
	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, a, fixture_exact(8, 1), fixture_exact(8, 1),
		      (struct sum){0});
	fixture_usage(f, b, fixture_exact(4, 1), fixture_exact(4, 1),
		      (struct sum){0});
	fixture_digest(f);
	fixture_ask(f, &(struct heapprof_report_options){.view = "top"}, &r);
	check_sums(&r.table);
	ck_assert_str_eq(r.table.rows[0].place.function, "xmalloc");
	ck_assert_int_eq(r.table.rows[1].place.kind, PLACE_UNKNOWN);
	fixture_free(f);
}
END_TEST

/* What has no name is its named caller's, within the module. */
START_TEST(nameless)
{
	struct fixture *f = fixture_new();
	uint32_t main = fixture_frame(f, "main", "m.c", 1);
	uint32_t step = fixture_frame(f, "step", "s.c", 2);
	uint32_t inner = fixture_frame(f, NULL, NULL, 0);
	uint32_t own = fixture_frame(f, NULL, NULL, 0);
	uint32_t other = fixture_frame(f, NULL, NULL, 0);
	uint32_t xmalloc = fixture_frame(f, "xmalloc", "x.c", 9);
	uint32_t a = fixture_trace(f, xmalloc, inner, step, main, -1);
	uint32_t b = fixture_trace(f, own, main, -1);
	uint32_t c = fixture_trace(f, other, step, main, -1);
	struct sum none = {0};
	struct result r;

	f->frames[other].module = "/usr/lib/libother.so";
	fixture_instant(f, 0, DIGEST_START);
	fixture_usage(f, a, fixture_exact(30, 1), fixture_exact(30, 1), none);
	fixture_usage(f, b, fixture_exact(20, 1), fixture_exact(20, 1), none);
	fixture_usage(f, c, fixture_exact(10, 1), fixture_exact(10, 1), none);
	fixture_digest(f);
	fixture_ask(f, &(struct heapprof_report_options){.view = "top"}, &r);
	check_sums(&r.table);
	ck_assert_str_eq(r.table.rows[0].place.function, "step");
	ck_assert_ptr_null(r.table.rows[0].via->function);
	ck_assert_uint_eq(r.table.rows[0].via->offset, f->frames[inner].offset);
	ck_assert_uint_eq(r.table.rows[1].place.offset, f->frames[own].offset);
	ck_assert_uint_eq(r.table.rows[2].place.offset,
			  f->frames[other].offset);
	fixture_free(f);
}
END_TEST

START_TEST(threads)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {.view = "top", .by = "thread"};
	struct result r;

	fixture_ask(f, &o, &r);
	check_sums(&r.table);
	ck_assert_double_eq(r.table.total.value, 69e6);
	o.at = "end";
	fixture_ask(f, &o, &r);
	ck_assert_double_eq(r.table.total.value, 45e6);
	o = (struct heapprof_report_options){.view = "threads"};
	fixture_ask(f, &o, &r);
	ck_assert_uint_eq(r.table.nr_rows, 2);
	ck_assert_double_eq(r.table.total.value, 162e6);
	ck_assert_double_eq(r.table.rows[0].cells[1].value, 3200451);
	o.top = 1;
	fixture_ask(f, &o, &r);
	ck_assert_double_eq(r.table.other.value, 12e6);
	fixture_free(f);
}
END_TEST

/* At any limit and filter, all of the demo adds up. */
START_TEST(demo_adds_up)
{
	static const char *const metrics[] = {"live", "live-count", "allocated",
					      "count", "freed"};
	static const char *const by[] = {"function", "line", "module"};
	struct fixture *f = fixture_demo();
	struct result r;

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		for (size_t k = 0; k < ARRAY_SIZE(by) * 4; k++) {
			struct heapprof_report_options o = {
				.view = "top",
				.metric = metrics[i],
				.by = by[k % ARRAY_SIZE(by)],
				.top = (unsigned)(k / ARRAY_SIZE(by)),
				.ignore = k % 2 ? "cache" : NULL,
				.from = k % 4 == 3 ? "12" : NULL,
			};

			fixture_ask(f, &o, &r);
			check_sums(&r.table);
		}
	fixture_free(f);
}
END_TEST

/* One block of ten was recorded of each of two, and many of a third. */
START_TEST(uncertain_rows)
{
	struct fixture *f = fixture_new();
	uint32_t main_ = fixture_frame(f, "main", "m.c", 1);
	struct heapprof_report_options o = {.view = "top"};
	struct sum none = {0};
	struct result r;

	fixture_instant(f, 0, DIGEST_PEAK | DIGEST_END);
	for (unsigned i = 0; i < 3; i++)
		fixture_usage(f,
			      fixture_trace(f,
					    fixture_frame(f, i ? "few" : "many",
							  "m.c", 5 + i),
					    main_, -1),
			      i ? fixture_sampled(400, 10, 0.1)
				: fixture_sampled(3e4, 3000, 0.1),
			      none, none);
	fixture_digest(f);
	/* Both "few" are one function, and still too uncertain. */
	fixture_ask(f, &o, &r);
	ck_assert_ptr_null(find(&r.table, "few"));
	ck_assert(!find(&r.table, "many")->uncertain);
	ck_assert(!find(&r.table, "main")->uncertain);
	ck_assert_uint_eq(r.table.nr_rest[REST_UNCERTAIN], 1);
	ck_assert_double_eq(r.table.rest[REST_UNCERTAIN].value, 800);
	ck_assert_double_eq(r.table.other.value, 800);
	/* Where nothing is certain, all is shown. */
	o.ignore = "many";
	f->usage[0][0].live = fixture_exact(0, 0);
	fixture_ask(f, &o, &r);
	ck_assert_ptr_nonnull(find(&r.table, "few"));
	o.ignore = NULL;
	/* In colour they are grey, and scripts get all rows. */
	o.color = true;
	fixture_ask(f, &o, &r);
	ck_assert(find(&r.table, "few")->uncertain);
	ck_assert_uint_eq(r.table.nr_rest[REST_UNCERTAIN], 0);
	o.color = false;
	o.format = "json";
	fixture_ask(f, &o, &r);
	ck_assert_ptr_nonnull(find(&r.table, "few"));
	fixture_free(f);
}
END_TEST

/* Of the snapshots, or of a stack alone where that was more. */
START_TEST(peaks_of_places)
{
	struct fixture *f = simple();
	struct heapprof_report_options o = {.view = "top", .at = "end"};
	const struct row *row;
	struct result r;

	fixture_ask(f, &o, &r);
	row = find(&r.table, "other");
	ck_assert_str_eq(r.table.columns[2].key, "peak");
	ck_assert_double_eq(row->cells[0].value, 20);
	ck_assert_double_eq(row->cells[2].value, 30);
	ck_assert_double_gt(row->cells[2].error, 0);
	ck_assert_double_eq(row->cells[3].value, 1);
	f->runs[2].peak = fixture_exact(45, 4);
	f->runs[2].peak_ns = 1500000000;
	fixture_ask(f, &o, &r);
	row = find(&r.table, "other");
	ck_assert_double_eq(row->cells[2].value, 45);
	ck_assert_double_eq(row->cells[2].error, 0);
	ck_assert_double_eq(row->cells[3].value, 1.5);
	o.from = "1.8";
	fixture_ask(f, &o, &r);
	row = find(&r.table, "other");
	ck_assert_double_eq(row->cells[2].value, 45);
	o.metric = "count";
	fixture_ask(f, &o, &r);
	ck_assert_uint_eq(r.table.nr_columns, 2);
	fixture_free(f);
}
END_TEST

Suite *top_suite(void)
{
	Suite *s = suite_create("top");
	TCase *t = tcase_create("top");

	tcase_add_test(t, peaks_of_places);
	tcase_add_test(t, uncertain_rows);
	tcase_add_test(t, recursion_counts_once);
	tcase_add_test(t, wrappers_count_for_their_caller);
	tcase_add_test(t, limit_focus_and_size);
	tcase_add_test(t, metrics_and_ranges);
	tcase_add_test(t, groupings);
	tcase_add_test(t, leaks);
	tcase_add_test(t, deep_stacks_are_cut);
	tcase_add_test(t, only_wrappers_or_cut);
	tcase_add_test(t, nameless);
	tcase_add_test(t, threads);
	tcase_add_test(t, demo_adds_up);
	suite_add_tcase(s, t);
	return s;
}
