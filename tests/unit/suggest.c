/* SPDX-License-Identifier: MIT */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capture/stats.h"
#include "capture/suggest.h"
#include "unit.h"

static struct histogram_summary h;

/* @n allocations of @size bytes, @live of them at the peak, in ten seconds. */
static void put(uint64_t size, uint64_t n, uint64_t live)
{
	unsigned c = histogram_class(size);

	h.now.count[c] += n;
	h.now.grown[c][0] += n;
	h.now.bytes[c] += n * size;
	h.peak_count[c] += live;
	h.peak_class[c] += live * size;
	h.peak_bytes += live * size;
	h.duration_ns = 10000000000u;
}

static double probability(const struct suggestion *s, uint64_t size)
{
	for (uint32_t i = 0; i < s->nr; i++)
		if (size < s->range[i].below)
			return s->range[i].probability;
	return 1;
}

START_TEST(classes_are_powers_of_two)
{
	ck_assert_uint_eq(histogram_class(0), 0);
	ck_assert_uint_eq(histogram_class(1), 1);
	ck_assert_uint_eq(histogram_class(2), 2);
	ck_assert_uint_eq(histogram_class(3), 2);
	ck_assert_uint_eq(histogram_class(4), 3);
	ck_assert_uint_eq(histogram_class(UINT32_MAX), 32);
	ck_assert_uint_eq(histogram_class(1ull << 32), 33);
	ck_assert_uint_eq(histogram_class(UINT64_MAX), 64);
}
END_TEST

START_TEST(few_events_are_all_recorded)
{
	struct suggestion s;

	memset(&h, 0, sizeof(h));
	put(100, 1000, 500);
	suggest_rates(&h, &s);
	ck_assert_uint_eq(s.nr, 0);
	ck_assert_double_eq(s.error, 0);
}
END_TEST

START_TEST(nothing_at_all_is_no_division_by_zero)
{
	struct suggestion s;

	memset(&h, 0, sizeof(h));
	suggest_rates(&h, &s);
	ck_assert_uint_eq(s.nr, 0);
	ck_assert(isfinite(s.events_per_s));
}
END_TEST

/*
 * Replays the peak: sums of live blocks, each kept with its probability and
 * weighted, must scatter as promised.
 */
START_TEST(promised_error_comes_true)
{
	static const struct {
		uint64_t size, n, live;
	} classes[] = {{24, 50000000, 100000},
		       {100, 20000000, 50000},
		       {3000, 1000000, 2000},
		       {70000, 20000, 50}};
	struct suggestion s;
	double sum2 = 0;

	memset(&h, 0, sizeof(h));
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		put(classes[i].size, classes[i].n, classes[i].live);
	suggest_rates(&h, &s);
	ck_assert_uint_gt(s.nr, 0);
	ck_assert_double_le(s.error, SUGGEST_ERROR * 1.01);
	ck_assert_double_gt(s.error, SUGGEST_ERROR / 4);
	srand48(1);
	for (int run = 0; run < 200; run++) {
		double estimate = 0;

		for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
			double p = probability(&s, classes[i].size);

			for (uint64_t k = 0; k < classes[i].live; k++)
				if (drand48() < p)
					estimate += classes[i].size / p;
		}
		estimate = estimate / h.peak_bytes - 1;
		sum2 += estimate * estimate;
	}
	ck_assert_double_eq_tol(1.96 * sqrt(sum2 / 200), s.error,
				s.error * 0.25);
}
END_TEST

/* Blocks of 8 bytes take 24: their rate must be that of what they take. */
START_TEST(small_blocks_take_more)
{
	struct suggestion s;

	memset(&h, 0, sizeof(h));
	put(3000, 1000000, 100);
	h.now.count[4] = h.now.grown[4][1] = 50000000;
	h.peak_count[5] = 100000;
	h.peak_class[5] = 2400000;
	h.peak_bytes += 2400000;
	suggest_rates(&h, &s);
	ck_assert_double_le(s.error, SUGGEST_ERROR * 1.01);
	/* 1.96 * 24 * sqrt(1e5 / p), of 2.7e6, is 2% or less. */
	ck_assert_double_ge(probability(&s, 8), 0.07);
	ck_assert_double_lt(probability(&s, 8), 0.3);
}
END_TEST

START_TEST(small_runs_are_all_recorded)
{
	struct suggestion s;

	memset(&h, 0, sizeof(h));
	put(100, (uint64_t)SUGGEST_FEW - 1, 100000);
	h.duration_ns = 1;
	suggest_rates(&h, &s);
	ck_assert_uint_eq(s.nr, 0);
	put(100, 1, 0);
	h.duration_ns = 1;
	suggest_rates(&h, &s);
	ck_assert_uint_gt(s.nr, 0);
}
END_TEST

START_TEST(rates_rise_with_size)
{
	struct suggestion s;

	memset(&h, 0, sizeof(h));
	for (unsigned bits = 3; bits < 20; bits++)
		put(1ull << bits, 10000000 >> (bits / 2), 1000);
	suggest_rates(&h, &s);
	for (uint32_t i = 1; i < s.nr; i++) {
		ck_assert_uint_gt(s.range[i].below, s.range[i - 1].below);
		ck_assert_double_gt(s.range[i].probability,
				    s.range[i - 1].probability);
	}
}
END_TEST

START_TEST(table_has_every_class_and_the_sum)
{
	static char text[STATS_TEXT_MAX];

	memset(&h, 0, sizeof(h));
	put(0, 1, 0);
	put(5, 2, 1);
	put(1ull << 40, 3, 1);
	stats_format(text, &h);
	ck_assert_ptr_nonnull(strstr(text, "HEAP USAGE SUMMARY"));
	ck_assert_ptr_nonnull(strstr(text, " 0 - 0 "));
	ck_assert_ptr_nonnull(strstr(text, " 4 - 7 "));
	ck_assert_ptr_nonnull(strstr(text, " 1099511627776 - 2199023255551 "));
	ck_assert_ptr_nonnull(strstr(text, " 3298534883338\n"));
	ck_assert_ptr_nonnull(strstr(text, "--sample=all"));
}
END_TEST

Suite *suggest_suite(void)
{
	Suite *s = suite_create("suggest");
	TCase *t = tcase_create("suggest");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, classes_are_powers_of_two);
	tcase_add_test(t, few_events_are_all_recorded);
	tcase_add_test(t, nothing_at_all_is_no_division_by_zero);
	tcase_add_test(t, promised_error_comes_true);
	tcase_add_test(t, small_blocks_take_more);
	tcase_add_test(t, small_runs_are_all_recorded);
	tcase_add_test(t, rates_rise_with_size);
	tcase_add_test(t, table_has_every_class_and_the_sum);
	suite_add_tcase(s, t);
	return s;
}
