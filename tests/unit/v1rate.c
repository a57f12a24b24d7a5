/* SPDX-License-Identifier: MIT */

/* Logs that were sampled as they say, as fast as can be, and some that were
 * not. */

#include <math.h>
#include <stdlib.h>

#include "profile/v1rate.h"

#include "unit.h"

static struct hpm_header header = {
	.nr_ranges = 2,
	.range = {{128, 1e-4}, {8192, 0.1}},
};

static struct v1rate rate;

static void setup(void)
{
	v1rate_init(&rate, &header);
}

/* Whole microseconds, as they are in the file. */
static int64_t round_down(double ns)
{
	return (int64_t)(ns / 1000) * 1000;
}

/* Allocations of @size, one each @ns, each recorded with probability p. */
static void run(uint64_t size, double ns, double p, int recorded)
{
	double now = 0;

	for (int i = 0; i < recorded; i++) {
		double u = (rand() + 1.0) / (RAND_MAX + 2.0);

		now += ns * ceil(log(u) / log1p(-p));
		v1rate_add(&rate, &header, size, round_down(now));
	}
}

/* 20 ns each is the most that is believed: still no alarm. */
START_TEST(test_sampled)
{
	srand((unsigned)_i);
	run(64, 1e9 / V1RATE_MAX, 1e-4, 200000);
	ck_assert(!rate.found);
	ck_assert_uint_eq(rate.range[0].recorded, 200000);
	run(1000, 1e9 / V1RATE_MAX, 0.1, 200000);
	ck_assert(!rate.found);
}
END_TEST

/* All recorded, one in ten microseconds for a moment; before, one a second. */
START_TEST(test_all_recorded)
{
	int64_t now = 0;

	for (int i = 0; i < 1000; i++)
		v1rate_add(&rate, &header, 64, now += 1000000000);
	ck_assert(!rate.found);
	for (int i = 0; i < V1RATE_RUN; i++)
		v1rate_add(&rate, &header, 64, now += 10000);
	ck_assert(rate.found);
	ck_assert_uint_eq(rate.in, 0);
	ck_assert_int_eq(rate.span_ns, V1RATE_RUN * 10000);
}
END_TEST

/* One less than a run, and a run that is a microsecond too long. */
START_TEST(test_limit)
{
	int64_t limit = rate.range[0].limit_ns;

	ck_assert_int_eq(limit,
			 (int64_t)(V1RATE_DUE / (1e-4 * V1RATE_MAX) * 1e9) -
				 (V1RATE_RUN + 1) * 1000);
	for (int i = 0; i < V1RATE_RUN; i++)
		v1rate_add(&rate, &header, 64, 5000);
	ck_assert(!rate.found);
	v1rate_add(&rate, &header, 64, 5000 + limit + 1);
	ck_assert(!rate.found);
	v1rate_init(&rate, &header);
	for (int i = 0; i < V1RATE_RUN; i++)
		v1rate_add(&rate, &header, 64, 5000);
	v1rate_add(&rate, &header, 64, 5000 + limit);
	ck_assert(rate.found);
}
END_TEST

/* Ranges apart, a break, and what has no rate: nothing to be said. */
START_TEST(test_nothing)
{
	for (int i = 0; i < 10 * V1RATE_RUN; i++) {
		v1rate_add(&rate, &header, 1000, i);
		v1rate_add(&rate, &header, 1 << 20, i);
		if (i % V1RATE_RUN == 0)
			v1rate_break(&rate);
		v1rate_add(&rate, &header, 127, i);
	}
	ck_assert(!rate.found);
	ck_assert_uint_eq(rate.range[0].recorded, 10 * V1RATE_RUN);
	ck_assert_uint_eq(rate.range[1].recorded, 10 * V1RATE_RUN);
}
END_TEST

Suite *v1rate_suite(void)
{
	Suite *suite = suite_create("v1rate");
	TCase *cases = tcase_create("v1rate");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_loop_test(cases, test_sampled, 0, 5);
	tcase_add_test(cases, test_all_recorded);
	tcase_add_test(cases, test_limit);
	tcase_add_test(cases, test_nothing);
	suite_add_tcase(suite, cases);
	return suite;
}
