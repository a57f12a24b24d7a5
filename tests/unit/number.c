/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "base.h"
#include "render/number.h"

#include "unit.h"

START_TEST(bytes)
{
	static const struct {
		double bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},	      {1, "1 B"},
		{1023, "1023 B"},     {1024, "1.0 KiB"},
		{12697, "12.4 KiB"},  {102348, "99.9 KiB"},
		{102400, "100 KiB"},  {1048063, "1023 KiB"},
		{1048064, "1.0 MiB"}, {13002342, "12.4 MiB"},
		{0x1p40, "1.0 TiB"},  {0x1p63, "8.0 EiB"},
		{-2048, "-2.0 KiB"},
	};
	char out[NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(number_bytes(out, cases[i].bytes),
				 cases[i].text);
	ck_assert_str_eq(number_size(out, 8192), "8 KiB");
	ck_assert_str_eq(number_size(out, 128), "128 B");
	ck_assert_str_eq(number_size(out, 0), "0 B");
	ck_assert_str_eq(number_size(out, UINT64_MAX), "16.0 EiB");
}
END_TEST

START_TEST(counts)
{
	char out[NUMBER_MAX];

	ck_assert_str_eq(number_count(out, 0), "0");
	ck_assert_str_eq(number_count(out, 999), "999");
	ck_assert_str_eq(number_count(out, 1000), "1,000");
	ck_assert_str_eq(number_count(out, 99999.4), "99,999");
	ck_assert_str_eq(number_count(out, 99999.5), "100k");
	ck_assert_str_eq(number_count(out, 1234567), "1.23M");
	ck_assert_str_eq(number_count(out, 999999999), "1.00G");
	ck_assert_str_eq(number_exact(out, UINT64_MAX),
			 "18,446,744,073,709,551,615");
}
END_TEST

START_TEST(times)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{1, "0.001 us"},
		{1500, "1.5 us"},
		{12345678, "12.3 ms"},
		{999600000, "1.00 s"},
		{8210000000, "8.21 s"},
		{119900000000, "119.9 s"},
		{120000000000, "2 min"},
		{754000000000, "12 min 34 s"},
		{7199600000000, "2 h"},
		{11520000000000, "3 h 12 min"},
		{183600000000000, "2 d 3 h"},
	};
	char out[NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(number_time(out, cases[i].ns), cases[i].text);
	number_time(out, UINT64_MAX);
	ck_assert_str_eq(number_value(out, 8.21, UNIT_SECONDS), "8.21 s");
	ck_assert_str_eq(number_value(out, -1, UNIT_SECONDS), "0 s");
	ck_assert_str_eq(number_value(out, NAN, UNIT_SECONDS), "-");
	ck_assert_str_eq(number_value(out, 2.53e47, UNIT_SECONDS),
			 "2.53e+47 s");
	ck_assert_str_eq(number_value(out, INFINITY, UNIT_SECONDS), "inf s");
}
END_TEST

START_TEST(shares_and_errors)
{
	static const struct {
		struct estimate e;
		const char *text;
	} cases[] = {
		{{13002342, 0}, "12.4 MiB"},
		{{13002342, 390070}, "12.4 MiB +-3%"},
		{{13002342, 39007}, "12.4 MiB +-0.3%"},
		{{13002342, 39}, "12.4 MiB +-<0.1%"},
		{{1024, 1024}, "1.0 KiB +-100%"},
		{{1024, 5000}, "1.0 KiB +->100%"},
		{{0, 10}, "0 B +->100%"},
		{{1024, NAN}, "1.0 KiB +-?"},
	};
	char out[NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(
			number_estimate(out, cases[i].e, UNIT_BYTES, false),
			cases[i].text);
	number_error(out, (struct estimate){100, 3}, true);
	ck_assert_str_eq(out, "±3%");
	ck_assert_str_eq(number_share(out, 1, 3), "33.3%");
	ck_assert_str_eq(number_share(out, 0, 0), "-");
	ck_assert_str_eq(number_share(out, 1, 0), "-");
	ck_assert_str_eq(number_share(out, 0, 5), "0.0%");
	ck_assert_str_eq(number_share(out, 1, 1e9), "<0.1%");
}
END_TEST

Suite *number_suite(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_add_test(t, bytes);
	tcase_add_test(t, counts);
	tcase_add_test(t, times);
	tcase_add_test(t, shares_and_errors);
	suite_add_tcase(s, t);
	return s;
}
