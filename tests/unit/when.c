/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"
#include "query/when.h"

#include "fixture.h"
#include "unit.h"

START_TEST(good)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {
		{"0", 0},      {"12.5", 12.5},
		{".5", 0.5},   {"250ms", 0.25},
		{"2m", 120},   {"60s", 60},
		{"0.01h", 36}, {"500us", 5e-4},
		{"start", 0},  {"peak", 124 * 29 / 60.0},
		{"end", 124},  {"mark:serve", 70},
		{"124", 124},
	};
	struct fixture *f = fixture_demo();
	uint64_t ns;

	*fixture_said = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(when_check("--at", cases[i].text, NULL), 0);
		ck_assert_int_eq(when_find("--at", cases[i].text, &f->digest,
					   &ns, &fixture_listener),
				 0);
		ck_assert_double_eq_tol((double)ns * 1e-9, cases[i].seconds,
					1e-8);
	}
	ck_assert_str_eq(fixture_said, "");
	ck_assert_int_eq(
		when_find("--at", "1h", &f->digest, &ns, &fixture_listener), 0);
	ck_assert_uint_eq(ns, 124000000000);
	ck_assert_ptr_nonnull(strstr(fixture_said, "after the end"));
	fixture_free(f);
}
END_TEST

START_TEST(bad)
{
	static const char *const cases[] = {
		"",	 "x",	  "-1",	   "+1", "1x",	"0x10", "nan", "inf",
		"1e999", "mark:", "peaks", ".",	 "1 s", "mark", "..1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		*fixture_said = '\0';
		ck_assert_msg(when_check("--at", cases[i], &fixture_listener) ==
				      -EINVAL,
			      "%s", cases[i]);
		ck_assert_ptr_nonnull(strstr(fixture_said, "mark:NAME"));
	}
}
END_TEST

START_TEST(no_such_mark)
{
	struct fixture *f = fixture_demo();
	uint64_t ns;

	ck_assert_int_eq(
		when_find("--at", "mark:x", &f->digest, &ns, &fixture_listener),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(fixture_said, "load plugins, serve"));
	fixture_free(f);
}
END_TEST

Suite *when_suite(void)
{
	Suite *s = suite_create("when");
	TCase *t = tcase_create("when");

	tcase_add_test(t, good);
	tcase_add_test(t, bad);
	tcase_add_test(t, no_such_mark);
	suite_add_tcase(s, t);
	return s;
}
