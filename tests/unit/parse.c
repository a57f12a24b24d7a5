/* SPDX-License-Identifier: MIT */

#include <stddef.h>
#include <stdint.h>

#include "base.h"

#include "../../src/parse.h"
#include "unit.h"

/* What is not a number must leave the value alone. */
#define UNTOUCHED 12345

static const struct {
	const char *text;
	uint64_t min, max;
	bool ok;
	uint64_t number;
} numbers[] = {
	{"0", 0, 10, true, 0},
	{"10", 0, 10, true, 10},
	{"007", 0, 10, true, 7},
	{"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX},
	{"11", 0, 10, false, 0},
	{"0", 1, 10, false, 0},
	{"18446744073709551616", 0, UINT64_MAX, false, 0},
	{"", 0, 10, false, 0},
	{"-1", 0, UINT64_MAX, false, 0},
	{"+1", 0, 10, false, 0},
	{" 1", 0, 10, false, 0},
	{"1 ", 0, 10, false, 0},
	{"1K", 0, 10000, false, 0},
	{"0x1", 0, 10, false, 0},
};

START_TEST(test_number)
{
	uint64_t n = UNTOUCHED;

	ck_assert(parse_number(numbers[_i].text, numbers[_i].min,
			       numbers[_i].max, &n) == numbers[_i].ok);
	ck_assert_uint_eq(n, numbers[_i].ok ? numbers[_i].number : UNTOUCHED);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	uint64_t size;
} sizes[] = {
	{"0", true, 0},
	{"127", true, 127},
	{"1K", true, 1024},
	{"1k", true, 1024},
	{"3M", true, UINT64_C(3) << 20},
	{"2G", true, UINT64_C(2) << 30},
	{"2t", true, UINT64_C(2) << 40},
	{"18014398509481983K", true, UINT64_C(18014398509481983) << 10},
	{"18014398509481984K", false, 0},
	{"16777216T", false, 0},
	{"", false, 0},
	{"K", false, 0},
	{"1KB", false, 0},
	{"1P", false, 0},
	{"1.5K", false, 0},
	{"-1", false, 0},
};

START_TEST(test_size)
{
	uint64_t n = UNTOUCHED;

	ck_assert(parse_size(sizes[_i].text, &n) == sizes[_i].ok);
	ck_assert_uint_eq(n, sizes[_i].ok ? sizes[_i].size : UNTOUCHED);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	double seconds;
} times[] = {
	{"60", true, 60},      {"0.5", true, 0.5},    {".5", true, 0.5},
	{"250ms", true, 0.25}, {"10s", true, 10},     {"1.5m", true, 90},
	{"2h", true, 7200},    {"1e-3", true, 0.001}, {"0", false, 0},
	{"0ms", false, 0},     {"abc", false, 0},     {"", false, 0},
	{"-1", false, 0},      {"1x", false, 0},      {"1 s", false, 0},
	{"1e999", false, 0},   {"1e308h", false, 0},  {"inf", false, 0},
	{"nan", false, 0},     {"0x10", false, 0},    {".", false, 0},
	{"1e-400", false, 0},
};

START_TEST(test_seconds)
{
	double s = UNTOUCHED;

	ck_assert(parse_seconds(times[_i].text, &s) == times[_i].ok);
	ck_assert_double_eq_tol(s, times[_i].ok ? times[_i].seconds : UNTOUCHED,
				1e-12);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	double fraction;
} fractions[] = {
	{"0", true, 0},	      {"1", true, 1},	   {"0.01", true, 0.01},
	{"1e-2", true, 0.01}, {".5", true, 0.5},   {"1.1", false, 0},
	{"-0.1", false, 0},   {"1%", false, 0},	   {"", false, 0},
	{"nan", false, 0},    {"0x0p0", false, 0}, {"0.5s", false, 0},
};

START_TEST(test_fraction)
{
	double f = UNTOUCHED;

	ck_assert(parse_fraction(fractions[_i].text, &f) == fractions[_i].ok);
	ck_assert_double_eq_tol(
		f, fractions[_i].ok ? fractions[_i].fraction : UNTOUCHED,
		1e-12);
}
END_TEST

Suite *parse_suite(void)
{
	Suite *s = suite_create("parse");
	TCase *c = tcase_create("parse");

	tcase_add_loop_test(c, test_number, 0, (int)ARRAY_SIZE(numbers));
	tcase_add_loop_test(c, test_size, 0, (int)ARRAY_SIZE(sizes));
	tcase_add_loop_test(c, test_seconds, 0, (int)ARRAY_SIZE(times));
	tcase_add_loop_test(c, test_fraction, 0, (int)ARRAY_SIZE(fractions));
	suite_add_tcase(s, c);
	return s;
}
