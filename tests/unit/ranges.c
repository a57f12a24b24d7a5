/* SPDX-License-Identifier: MIT */

#include <stdbool.h>
#include <stdlib.h>

#include "base.h"
#include "profile/ranges.h"

#include "unit.h"

#define SPACE 64

START_TEST(test_empty)
{
	struct ranges r = {0};

	ck_assert_int_eq(ranges_add(&r, 5, 5, 1), 0);
	ck_assert_int_eq(ranges_add(&r, 6, 5, 1), 0);
	ck_assert_int_eq(ranges_finish(&r), 0);
	ck_assert_ptr_null(ranges_find(&r, 0));
	ck_assert_ptr_null(ranges_find(&r, 5));
	ranges_fini(&r);
}
END_TEST

START_TEST(test_limits)
{
	struct ranges r = {0};

	ck_assert_int_eq(ranges_add(&r, 0, UINT64_MAX, 1), 0);
	ck_assert_int_eq(ranges_add(&r, UINT64_MAX - 1, UINT64_MAX, 2), 0);
	ck_assert_int_eq(ranges_finish(&r), 0);
	ck_assert_uint_eq(ranges_find(&r, 0)->value, 1);
	ck_assert_uint_eq(ranges_find(&r, UINT64_MAX - 2)->value, 1);
	ck_assert_uint_eq(ranges_find(&r, UINT64_MAX - 1)->value, 2);
	ck_assert_ptr_null(ranges_find(&r, UINT64_MAX));
	ranges_fini(&r);
}
END_TEST

/* What the header promises, tried on each address. */
static bool wins(const struct range *a, const struct range *b)
{
	if (a->low != b->low)
		return a->low > b->low;
	if (a->high != b->high)
		return a->high < b->high;
	return a->value > b->value;
}

static const struct range *expected(const struct range *v, size_t n,
				    uint64_t address)
{
	const struct range *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (v[i].low <= address && address < v[i].high &&
		    (!best || wins(&v[i], best)))
			best = &v[i];
	return best;
}

static void check_all(const struct range *v, size_t n)
{
	struct ranges r = {0};

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(
			ranges_add(&r, v[i].low, v[i].high, v[i].value), 0);
	ck_assert_int_eq(ranges_finish(&r), 0);
	ck_assert_uint_le(r.n, 2 * n);
	for (uint64_t at = 0; at < SPACE + 2; at++) {
		const struct range *want = expected(v, n, at);
		const struct range *have = ranges_find(&r, at);

		ck_assert_msg(!want == !have, "at %d", (int)at);
		if (!want)
			continue;
		ck_assert_uint_eq(have->value, want->value);
		ck_assert(have->low <= at && at < have->high);
		ck_assert(have->low >= want->low && have->high <= want->high);
	}
	ranges_fini(&r);
}

START_TEST(test_random)
{
	struct range v[24];

	srand(_i);
	for (int turn = 0; turn < 200; turn++) {
		size_t n = (size_t)rand() % (ARRAY_SIZE(v) + 1);

		for (size_t i = 0; i < n; i++)
			v[i] = (struct range){(uint64_t)rand() % SPACE,
					      (uint64_t)rand() % SPACE,
					      (uint32_t)i};
		check_all(v, n);
	}
}
END_TEST

Suite *ranges_suite(void)
{
	Suite *suite = suite_create("ranges");
	TCase *cases = tcase_create("ranges");

	tcase_add_test(cases, test_empty);
	tcase_add_test(cases, test_limits);
	tcase_add_loop_test(cases, test_random, 0, 10);
	suite_add_tcase(suite, cases);
	return suite;
}
