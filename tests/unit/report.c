/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "render/name.h"

#include "fixture.h"
#include "unit.h"

/*
 * What reports look like, to the byte: tests/golden/report-*.  After a change
 * that is meant, HEAPPROF_GOLDEN=write makes them anew; then look at them.
 */

static const char *const demo_lines[] = {
	"cache=cache.c:377", "the \"parser\"=app::Parser::parse_line",
	"+SUM(A1)=walk.cc:12", "nowhere=nowhere.c:1", NULL};

static const struct {
	const char *file;
	struct heapprof_report_options o;
} golden[] = {
	{"summary-80.txt", {.width = 80, .utf8 = true}},
	{"summary-80-ascii.txt", {.width = 80}},
	{"summary-200.txt", {.width = 200, .utf8 = true}},
	{"summary-200-ascii.txt", {.width = 200}},
	{"summary-color.txt", {.width = 80, .utf8 = true, .color = true}},
	{"summary-range.txt", {.utf8 = true, .from = "20", .to = "mark:serve"}},
	{"summary.json", {.format = "json"}},
	{"summary.csv", {.format = "csv"}},
	{"tree.json", {.view = "tree", .format = "json"}},
	{"tree.csv", {.view = "tree", .format = "csv", .top = 1}},
	{"time-80.txt", {.view = "time", .utf8 = true}},
	{"time-120-ascii.txt",
	 {.view = "time", .width = 120, .from = "30", .lines = demo_lines}},
	{"time-color.txt",
	 {.view = "time",
	  .utf8 = true,
	  .color = true,
	  .to = "80",
	  .focus = "app::",
	  .lines = demo_lines}},
	{"time.json",
	 {.view = "time",
	  .format = "json",
	  .from = "60",
	  .to = "mark:serve",
	  .lines = demo_lines}},
	{"time.csv",
	 {.view = "time",
	  .format = "csv",
	  .from = "15",
	  .to = "25",
	  .lines = demo_lines}},
	{"flame-80.txt", {.view = "flame", .utf8 = true}},
	{"flame-120-ascii.txt",
	 {.view = "flame", .width = 120, .by = "line", .inverted = true}},
	{"flame-color.txt",
	 {.view = "flame",
	  .width = 100,
	  .utf8 = true,
	  .color = true,
	  .compare = "20,peak"}},
	{"flame.collapsed",
	 {.view = "flame", .format = "collapsed", .ignore = "Index"}},
	{"flame-compare.collapsed",
	 {.view = "flame",
	  .format = "collapsed",
	  .compare = "20,end",
	  .by = "line",
	  .focus = "serve"}},
	{"flame.json",
	 {.view = "flame",
	  .format = "json",
	  .by = "module",
	  .compare = "20,peak",
	  .metric = "live-count"}},
	{"flow-80.txt", {.view = "flow", .utf8 = true}},
	{"flow-120-ascii.txt",
	 {.view = "flow",
	  .width = 120,
	  .compare = "20,peak",
	  .ignore = "walk"}},
	{"flow.json",
	 {.view = "flow",
	  .format = "json",
	  .by = "function",
	  .ignore = "Index",
	  .min_node = "0.05"}},
	{"flow.dot", {.view = "flow", .format = "dot", .ignore = "Index"}},
	{"flow-compare.dot",
	 {.view = "flow",
	  .format = "dot",
	  .by = "function",
	  .compare = "20,peak,end",
	  .ignore = "Index",
	  .no_collapse = true,
	  .no_scale = true}},
	{"top-80.txt", {.view = "top", .utf8 = true}},
	{"top-200.txt", {.view = "top", .width = 200, .utf8 = true}},
	{"top-line-count.txt",
	 {.view = "top", .by = "line", .metric = "count"}},
	{"top-module.txt", {.view = "top", .by = "module", .at = "end"}},
	{"top.json", {.view = "top", .format = "json", .top = 3}},
	{"top.csv", {.view = "top", .format = "csv", .ignore = "walk"}},
	{"compare-80.txt", {.compare = "start,peak", .utf8 = true}},
	{"compare-200-ascii.txt",
	 {.compare = "20,peak,end", .width = 200, .by = "line"}},
	{"compare.json", {.compare = "10,20,end", .format = "json", .top = 3}},
	{"compare.csv", {.compare = "10,20", .format = "csv"}},
	{"time.svg", {.view = "time", .format = "svg"}},
	{"flame.svg", {.view = "flame", .format = "svg"}},
	{"flame-compare.svg",
	 {.view = "flame", .format = "svg", .compare = "20,peak"}},
	{"tree-80.txt", {.view = "tree", .utf8 = true}},
	{"tree-200-ascii.txt", {.view = "tree", .width = 200}},
	{"tree-compare-80.txt",
	 {.view = "tree", .utf8 = true, .compare = "start,peak"}},
	{"tree-compare-120-ascii.txt",
	 {.view = "tree",
	  .width = 120,
	  .compare = "20,peak,end",
	  .by = "line",
	  .ignore = "walk"}},
	{"tree-compare.json",
	 {.view = "tree", .format = "json", .compare = "20,end", .top = 1}},
	{"tree-compare.csv",
	 {.view = "tree",
	  .format = "csv",
	  .compare = "10,20,end",
	  .focus = "serve"}},
	{"leaks-80.txt", {.view = "leaks", .utf8 = true}},
	{"leaks-200-ascii.txt", {.view = "leaks", .width = 200}},
	{"leaks.json", {.view = "leaks", .format = "json"}},
	{"sizes-80.txt", {.view = "sizes", .utf8 = true}},
	{"sizes-120-ascii.txt", {.view = "sizes", .width = 120}},
	{"sizes.json", {.view = "sizes", .format = "json", .top = 2}},
	{"sizes.csv", {.view = "sizes", .format = "csv"}},
	{"lifetimes-80.txt", {.view = "lifetimes", .utf8 = true}},
	{"lifetimes-120.txt",
	 {.view = "lifetimes", .width = 120, .utf8 = true, .color = true}},
	{"lifetimes.json", {.view = "lifetimes", .format = "json"}},
	{"lifetimes.csv", {.view = "lifetimes", .format = "csv", .top = 1}},
	{"threads-80.txt", {.view = "threads", .utf8 = true}},
	{"threads.csv", {.view = "threads", .format = "csv"}},
	{"threads.json", {.view = "threads", .format = "json"}},
};

/* Of more moments than there are columns, the last one is not left out. */
START_TEST(many_moments)
{
	static const char *const views[] = {"top", "tree"};
	struct fixture *f = fixture_demo();

	for (size_t i = 0; i < ARRAY_SIZE(views); i++) {
		struct heapprof_report_options o = {
			.view = views[i],
			.width = 200,
			.compare = "10,20,30,40,50,60,70,80,end",
		};
		char *text = fixture_report(f, &o);
		char *titles = strstr(text, "  change ");

		ck_assert_ptr_nonnull(titles);
		titles[strcspn(titles, "\n")] = '\0';
		ck_assert_ptr_nonnull(strstr(titles, " 2 min 4 s "));
		free(text);
	}
	fixture_free(f);
}
END_TEST

static void open_golden(const char *file, const char *mode, FILE **out)
{
	const char *folder = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/golden/report-%s",
		 folder ? folder : ".", file);
	*out = fopen(path, mode);
	ck_assert_msg(*out, "%s", path);
}

/* web/svg/flame.js is a file of its own, which a browser tests. */
static void leave_out_script(char *text)
{
	char *script = strstr(text, "<script>"), *end;

	if (!script)
		return;
	end = strstr(script, "</script>");
	ck_assert_ptr_nonnull(end);
	memmove(script + 8, end, strlen(end) + 1);
}

static void compare(const char *file, char *text)
{
	char *expected = NULL;
	size_t size = 0;
	FILE *in;

	leave_out_script(text);
	if (getenv("HEAPPROF_GOLDEN")) {
		open_golden(file, "w", &in);
		fputs(text, in);
		ck_assert_int_eq(fclose(in), 0);
		return;
	}
	open_golden(file, "r", &in);
	ck_assert_int_gt(getdelim(&expected, &size, '\0', in), 0);
	fclose(in);
	ck_assert_msg(!strcmp(expected, text), "%s differs:\n%s", file, text);
	free(expected);
}

START_TEST(golden_files)
{
	struct fixture *f = fixture_demo();
	char *text = fixture_report(f, &golden[_i].o);

	compare(golden[_i].file, text);
	free(text);
	fixture_free(f);
}
END_TEST

/* From 80 columns on, every line fits; in ASCII, all is ASCII. */
static void check_lines(char *text, size_t width, bool utf8)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t n = strlen(line);

		ck_assert_msg(name_width(line) <= width, "%zu: %s", width,
			      line);
		ck_assert_msg(!n || line[n - 1] != ' ', "blank at end: %s",
			      line);
		for (size_t i = 0; i < n; i++)
			ck_assert((unsigned char)line[i] >= ' ' &&
				  (utf8 || (unsigned char)line[i] < 0x7f));
	}
}

START_TEST(lines_fit)
{
	static const char *const views[] = {
		"summary", "time",  "flow",    "flame", "top",
		"tree",	   "leaks", "threads", "sizes", "lifetimes"};
	struct fixture *f = fixture_demo();

	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		for (unsigned width = 80; width < 240; width += 7) {
			struct heapprof_report_options o = {
				.view = views[i],
				.width = width,
				.utf8 = width % 2,
			};
			char *text = fixture_report(f, &o);

			check_lines(text, width, o.utf8);
			free(text);
		}
	fixture_free(f);
}
END_TEST

/* Is @word there, other than in longer ones? */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += n)
		if ((at == text || !isalpha((unsigned char)at[-1])) &&
		    !isalpha((unsigned char)at[n]))
			return true;
	return false;
}

/* Is there such a report?  Then one without numbers that are none. */
static bool draw(struct fixture *f, const struct heapprof_report_options *o)
{
	char *text;

	if (!fixture_can(o))
		return false;
	text = fixture_report(f, o);
	/* In base64 there can be any word. */
	ck_assert(!strcmp(o->format, "html") ||
		  (!has_word(text, "nan") && !has_word(text, "inf")));
	free(text);
	return true;
}

/* Another program's work, which tests/integration/flow.sh looks at. */
static bool is_foreign(const struct view *v, const struct renderer *r)
{
	return v->answers[0].shape == SHAPE_GRAPH && !strcmp(r->name, "svg");
}

/* All views in all formats that they have, at odd widths. */
static void draw_all(struct fixture *f)
{
	static const unsigned widths[] = {1, 40, 80, 200, 100000};
	unsigned drawn = 0;

	for (const struct view *v = query_views; v->name; v++)
		for (const struct renderer *r = render_formats; r->name; r++)
			for (size_t i = 0;
			     i < ARRAY_SIZE(widths) && !is_foreign(v, r); i++) {
				struct heapprof_report_options o = {
					.view = v->name,
					.format = r->name,
					.width = widths[i],
					.utf8 = drawn % 2,
				};

				if (v->answers[0].shape != SHAPE_STREAM)
					drawn += draw(f, &o);
			}
	ck_assert_uint_gt(drawn, 0);
}

static void check_says(struct fixture *f, const char *says)
{
	char *text = fixture_report(f, &(struct heapprof_report_options){0});

	ck_assert_msg(strstr(text, says), "%s", text);
	free(text);
}

START_TEST(nothing)
{
	struct fixture *f = fixture_new();

	draw_all(f);
	check_says(f, "No allocation was recorded.");
	fixture_instant(f, 0, DIGEST_START | DIGEST_END | DIGEST_PEAK);
	fixture_digest(f);
	draw_all(f);
	fixture_instant(f, 1, DIGEST_END);
	draw_all(f);
	check_says(f, "No allocation was recorded.");
	f->digest.argv = NULL;
	f->digest.program = NULL;
	f->digest.host = NULL;
	draw_all(f);
	check_says(f, "(unknown program)");
	fixture_free(f);
}
END_TEST

START_TEST(foreign_malloc)
{
	struct fixture *f = fixture_new();

	f->digest.foreign_malloc = true;
	draw_all(f);
	check_says(f, "brought a malloc of its own");
	fixture_free(f);
}
END_TEST

START_TEST(one_instant)
{
	struct fixture *f = fixture_new();
	uint32_t t = fixture_trace(f, -1);

	fixture_instant(f, 0, DIGEST_START | DIGEST_END | DIGEST_PEAK);
	fixture_usage(f, t, fixture_exact(1000, 2), fixture_exact(1000, 2),
		      fixture_exact(0, 0));
	fixture_digest(f);
	draw_all(f);
	check_says(f, "one instant, with 1000 B");
	check_says(f, "(stack unknown)");
	fixture_free(f);
}
END_TEST

START_TEST(all_in_other)
{
	struct fixture *f = fixture_new();
	struct sum s = fixture_sampled(1e6, 10, 0.1);

	f->digest.precision = 1;
	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_END);
	fixture_usage(f, DIGEST_OTHER, s, s, fixture_exact(0, 0));
	fixture_digest(f);
	draw_all(f);
	check_says(f, "100.0%  977 KiB +-");
	fixture_free(f);
}
END_TEST

START_TEST(all_freed)
{
	struct fixture *f = fixture_new();
	uint32_t t = fixture_trace(f, fixture_frame(f, "main", "m.c", 1), -1);

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK);
	fixture_usage(f, t, fixture_exact(7, 1), fixture_exact(7, 1),
		      fixture_exact(0, 0));
	fixture_instant(f, 2, DIGEST_END);
	fixture_usage(f, t, fixture_exact(0, 0), fixture_exact(0, 0),
		      fixture_exact(7, 1));
	fixture_digest(f);
	draw_all(f);
	check_says(f, "Who held memory at the end: nobody");
	fixture_free(f);
}
END_TEST

START_TEST(losses)
{
	struct fixture *f = fixture_demo();

	f->digest.lost_events = 1234;
	f->digest.damaged_bytes = 16384;
	f->digest.end = 0;
	draw_all(f);
	check_says(f, "lost      1,234 events, 16 KiB of damaged log");
	check_says(f, "still runs or was killed: whole up to 2 min 4 s");
	f->digest.shortened = true;
	check_says(f, "the digest was interrupted");
	fixture_free(f);
}
END_TEST

/* Values at the far end of what fits. */
START_TEST(extremes)
{
	struct fixture *f = fixture_new();
	uint32_t t = fixture_trace(f, fixture_frame(f, "main", "m.c", 1), -1);
	struct sum huge = fixture_sampled(0x1p63, 0x1p62, 1e-9);

	fixture_instant(f, 0, DIGEST_START);
	fixture_instant(f, 1, DIGEST_PEAK);
	fixture_usage(f, t, huge, huge, fixture_exact(0, 0));
	fixture_digest(f);
	f->instants[1].time_ns = f->digest.duration_ns = UINT64_MAX / 4;
	f->digest.start_realtime_ns = UINT64_MAX;
	f->digest.seen = f->digest.seen_bytes = UINT64_MAX;
	draw_all(f);
	/* A nanosecond, a century later. */
	f->instants[0].time_ns = f->instants[1].time_ns - 1;
	draw_all(f);
	fixture_free(f);
}
END_TEST

Suite *report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");

	tcase_add_loop_test(t, golden_files, 0, ARRAY_SIZE(golden));
	tcase_add_test(t, many_moments);
	tcase_add_test(t, lines_fit);
	tcase_add_test(t, nothing);
	tcase_add_test(t, foreign_malloc);
	tcase_add_test(t, one_instant);
	tcase_add_test(t, all_in_other);
	tcase_add_test(t, all_freed);
	tcase_add_test(t, losses);
	tcase_add_test(t, extremes);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return s;
}
