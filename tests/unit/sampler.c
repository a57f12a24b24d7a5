/* SPDX-License-Identifier: MIT */

#include <math.h>

#include "capture/sampler.h"
#include "unit.h"

static void use_range(uint64_t below, double p)
{
	struct hpm_header h = {.nr_ranges = 1};

	h.range[0] = (struct hpm_range){below, p};
	sampler_configure(&h);
}

static unsigned count_hits(uint64_t seed, size_t size, unsigned n)
{
	struct sampler s;
	unsigned hits = 0;

	sampler_init(&s, seed, 1);
	for (unsigned i = 0; i < n; i++) {
		if (sampler_hit(&s, size)) {
			hits++;
			sampler_rearm(&s, size);
		}
	}
	return hits;
}

START_TEST(probabilities_0_and_1_are_exact)
{
	use_range(128, 0);
	ck_assert_uint_eq(count_hits(1, 127, 1000000), 0);
	ck_assert_uint_eq(count_hits(1, 128, 1000), 1000);
	use_range(128, 1);
	ck_assert_uint_eq(count_hits(1, 0, 1000), 1000);
}
END_TEST

START_TEST(ranges_are_found_at_their_bounds)
{
	struct hpm_header h = {.nr_ranges = 2};

	h.range[0] = (struct hpm_range){128, 0.5};
	h.range[1] = (struct hpm_range){8192, 0.5};
	sampler_configure(&h);
	ck_assert_uint_eq(sampler_range(0), 0);
	ck_assert_uint_eq(sampler_range(127), 0);
	ck_assert_uint_eq(sampler_range(128), 1);
	ck_assert_uint_eq(sampler_range(8191), 1);
	ck_assert_uint_eq(sampler_range(8192), 2);
	ck_assert_uint_eq(sampler_range(SIZE_MAX), 2);
}
END_TEST

/* Hits of n tries are binomial: within five standard deviations. */
static void assert_rate(double p, size_t size)
{
	const unsigned n = 2000000;
	double mean = n * p, sd = sqrt(n * p * (1 - p));

	for (uint64_t seed = 1; seed <= 5; seed++)
		ck_assert_double_eq_tol(count_hits(seed, size, n), mean,
					5 * sd);
}

START_TEST(ranges_hit_as_often_as_they_say)
{
	static const double ps[] = {1e-4, 0.01, 0.1, 0.5, 0.9, 0.999};

	for (size_t i = 0; i < ARRAY_SIZE(ps); i++) {
		use_range(1024, ps[i]);
		assert_rate(ps[i], 64);
	}
}
END_TEST

START_TEST(bytes_hit_with_one_minus_exp)
{
	static const size_t sizes[] = {1, 64, 4096, 65536, 1000000};
	struct hpm_header h = {.interval = 65536};

	sampler_configure(&h);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_rate(hpm_probability(&h, sizes[i]), sizes[i]);
}
END_TEST

/* Distances between hits are geometric: chi-square over ten equal bins. */
START_TEST(distances_are_geometric)
{
	const double p = 0.02;
	const unsigned n = 100000;
	unsigned bin[10] = {0}, distance = 0, seen = 0;
	double chi2 = 0, expected[10], before = 0;
	struct sampler s;

	use_range(1024, p);
	sampler_init(&s, 42, 7);
	while (seen < n) {
		distance++;
		if (!sampler_hit(&s, 8))
			continue;
		sampler_rearm(&s, 8);
		bin[MIN((distance - 1) / 12, 9u)]++;
		distance = 0;
		seen++;
	}
	for (int i = 0; i < 10; i++) {
		double after = i < 9 ? 1 - pow(1 - p, 12 * (i + 1)) : 1;

		expected[i] = n * (after - before);
		before = after;
		chi2 += (bin[i] - expected[i]) * (bin[i] - expected[i]) /
			expected[i];
	}
	/* 9 degrees of freedom: 27.9 is passed once in a thousand. */
	ck_assert_double_lt(chi2, 27.9);
}
END_TEST

START_TEST(seeds_and_streams_decide)
{
	struct sampler a, b, c;
	int differ = 0;

	use_range(1024, 0.01);
	sampler_init(&a, 5, 1);
	sampler_init(&b, 5, 1);
	sampler_init(&c, 5, 2);
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(a.left[0], b.left[0]);
		differ += a.left[0] != c.left[0];
		sampler_rearm(&a, 1);
		sampler_rearm(&b, 1);
		sampler_rearm(&c, 1);
	}
	ck_assert_int_gt(differ, 900);
}
END_TEST

Suite *sampler_suite(void)
{
	Suite *s = suite_create("sampler");
	TCase *t = tcase_create("sampler");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, probabilities_0_and_1_are_exact);
	tcase_add_test(t, ranges_are_found_at_their_bounds);
	tcase_add_test(t, ranges_hit_as_often_as_they_say);
	tcase_add_test(t, bytes_hit_with_one_minus_exp);
	tcase_add_test(t, distances_are_geometric);
	tcase_add_test(t, seeds_and_streams_decide);
	suite_add_tcase(s, t);
	return s;
}
