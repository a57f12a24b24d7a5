/* SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>

#include "base.h"
#include "render/number.h"
#include "render/scale.h"

#include "unit.h"

static void check_label(const struct scale *s, double number, const char *text)
{
	char label[NUMBER_MAX];

	ck_assert_str_eq(scale_label(label, s, number), text);
}

START_TEST(figures)
{
	static const struct {
		double max;
		enum unit unit;
		unsigned aim;
		const char *first; /* above 0 */
		unsigned ticks;
	} cases[] = {
		{0, UNIT_BYTES, 6, "1 B", 1},
		{3, UNIT_BYTES, 6, "1 B", 3},
		{100, UNIT_BYTES, 6, "20 B", 5},
		{1023, UNIT_BYTES, 6, "200 B", 6},
		{1024, UNIT_BYTES, 6, "0.2 KiB", 5},
		{98.6 * 1048576, UNIT_BYTES, 6, "20 MiB", 5},
		{100 * 1048576.0, UNIT_BYTES, 6, "20 MiB", 5},
		{2.2 * 1048576, UNIT_RATE, 2, "2 MiB/s", 2},
		{0x1p70, UNIT_BYTES, 6, "200 EiB", 6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale s = scale_figures(cases[i].max, cases[i].unit,
					       cases[i].aim);

		check_label(&s, 1, cases[i].first);
		ck_assert_uint_eq(scale_ticks(&s, cases[i].max),
				  cases[i].ticks);
		ck_assert_double_ge(scale_value(&s, cases[i].ticks) *
					    (1 + 1e-9),
				    cases[i].max);
	}
}
END_TEST

/* As a damaged digest has them. */
START_TEST(figures_that_cannot_be)
{
	static const double maxima[] = {INFINITY, NAN, DBL_MAX, 0x1p-1074};

	for (size_t i = 0; i < ARRAY_SIZE(maxima); i++) {
		struct scale s[] = {
			scale_figures(maxima[i], UNIT_BYTES, 5),
			scale_shares(maxima[i], 5),
			scale_time(maxima[i], 5),
		};

		for (size_t k = 0; k < ARRAY_SIZE(s); k++) {
			ck_assert(isfinite(s[k].step));
			ck_assert_int_le(s[k].decimals, 10);
			ck_assert_uint_le(scale_ticks(&s[k], maxima[i]), 1000);
		}
	}
}
END_TEST

START_TEST(shares)
{
	struct scale s = scale_shares(0.431, 4);

	check_label(&s, 1, "20%");
	ck_assert_uint_eq(scale_ticks(&s, 0.431), 3);
	s = scale_shares(0.003, 4);
	check_label(&s, 1, "0.1%");
	s = scale_shares(0, 4);
	check_label(&s, 1, "100%");
}
END_TEST

START_TEST(times)
{
	static const struct {
		double span_s, aim;
		const char *first;
	} cases[] = {
		{1e-9, 5, "0.0002 us"}, {0.5, 5, "100 ms"},
		{1.9, 5, "0.5 s"},	{124, 5, "50 s"},
		{600, 5, "2 min"},	{7200, 5, "30 min"},
		{86400, 5, "5 h"},	{30 * 86400, 5, "10 d"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scale s = scale_time(cases[i].span_s, cases[i].aim);

		check_label(&s, 1, cases[i].first);
	}
}
END_TEST

/* Ticks begin within the range, and 0 has no sign. */
START_TEST(first)
{
	struct scale s = scale_time(10, 5);

	ck_assert_double_eq(scale_first(&s, 0), 0);
	ck_assert(!signbit(scale_first(&s, 0)));
	ck_assert_double_eq(scale_first(&s, 2), 1);
	ck_assert_double_eq(scale_first(&s, 2.1), 2);
	ck_assert_double_eq(scale_value(&s, 2), 4);
}
END_TEST

Suite *scale_suite(void)
{
	Suite *s = suite_create("scale");
	TCase *t = tcase_create("scale");

	tcase_add_test(t, figures);
	tcase_add_test(t, figures_that_cannot_be);
	tcase_add_test(t, shares);
	tcase_add_test(t, times);
	tcase_add_test(t, first);
	suite_add_tcase(s, t);
	return s;
}
