/* SPDX-License-Identifier: MIT */

/* Which functions pprof is told to drop, and what a profile says of itself. */

#include <string.h>

#include "render/about.h"
#include "render/pprof.h"

#include "fixture.h"
#include "unit.h"

static void expect_dropped(struct fixture *f, const char *wanted)
{
	struct heapprof_report_options o = {.format = "pprof"};
	struct bytes pattern = {0};
	struct result r;

	fixture_ask(f, &o, &r);
	ck_assert_int_eq(pprof_drop_frames(r.history, &pattern), 0);
	bytes_add(&pattern, "", 1);
	ck_assert_str_eq((const char *)pattern.p, wanted);
	bytes_fini(&pattern);
}

static uint32_t frame(struct fixture *f, const char *function)
{
	return fixture_frame(f, function, "a.cc", 1);
}

START_TEST(drops_wrappers)
{
	struct fixture *f = fixture_new();
	uint32_t main = frame(f, "main");
	uint32_t new = frame(f, "operator new(unsigned long)");
	uint32_t vector = frame(f, "std::vector<int>::push_back(int&&)");

	fixture_trace(f, frame(f, "xmalloc"), main, -1);
	fixture_trace(f, new, vector, main, -1);
	fixture_digest(f);
	expect_dropped(f, "operator new|std::vector<int>::push_back|xmalloc");
	fixture_free(f);
}
END_TEST

/* pprof would drop all that it calls, which is not what it did itself. */
START_TEST(keeps_what_calls_others)
{
	struct fixture *f = fixture_new();
	uint32_t run = frame(f, "std::thread::_State::_M_run()");
	uint32_t new = frame(f, "operator new(unsigned long)");

	fixture_trace(f, new, frame(f, "work()"), run, -1);
	fixture_digest(f);
	expect_dropped(f, "operator new");
	fixture_free(f);
}
END_TEST

START_TEST(quotes_names)
{
	struct fixture *f = fixture_new();
	uint32_t call = frame(f, "std::f<int [2]>::operator()(int) const");
	uint32_t hidden = frame(f, "std::(anonymous namespace)::g(long)");

	fixture_trace(f, call, frame(f, "a"), -1);
	fixture_trace(f, hidden, frame(f, "a"), -1);
	fixture_digest(f);
	expect_dropped(f, "std::f<int \\[2\\]>::operator\\(\\)|"
			  "std::\\(anonymous namespace\\)::g");
	fixture_free(f);
}
END_TEST

START_TEST(says_what_it_rests_on)
{
	struct fixture *f = fixture_demo();
	struct heapprof_report_options o = {
		.format = "pprof", .at = "20", .ignore = "walk"};
	const char *text, *line;
	struct about about;
	struct result r;
	size_t n;

	f->digest.lost_events = 1234;
	fixture_ask(f, &o, &r);
	about_begin(&about, &r);
	about_live(&about, r.history);
	about_allocated(&about, r.history);
	about_hidden(&about, r.history);
	about_line(&about, "and %d more", 1);
	text = about_end(&about);
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "\nsampled   1 in 10,000 below"));
	ck_assert_ptr_nonnull(strstr(text, "\nlost      1,234 events\n"));
	ck_assert_ptr_nonnull(strstr(text, " at 18.6 s\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nallocated over the whole run\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nleft out  "));
	ck_assert_ptr_nonnull(strstr(text, "\nand 1 more\n"));
	while ((n = about_next(&text, &line)))
		ck_assert(line[0] != ' ' && line[n] == '\n');
	ck_assert_uint_eq(strlen(text), 0);
	about_fini(&about);
	fixture_free(f);
}
END_TEST

Suite *pprof_suite(void)
{
	Suite *s = suite_create("pprof");
	TCase *t = tcase_create("pprof");

	tcase_add_test(t, drops_wrappers);
	tcase_add_test(t, keeps_what_calls_others);
	tcase_add_test(t, quotes_names);
	tcase_add_test(t, says_what_it_rests_on);
	suite_add_tcase(s, t);
	return s;
}
