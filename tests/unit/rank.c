/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "base.h"
#include "query/rank.h"

#include "draw.h"
#include "unit.h"

#define MANY 500u

static bool is_before(const struct rank *a, const struct rank *b)
{
	return a->weight > b->weight ||
	       (a->weight == b->weight && a->number < b->number);
}

/* Weights of few values, so that there are ties. */
static void expect_first(uint64_t *random, size_t n, size_t limit)
{
	struct rank rank[MANY];

	for (uint32_t i = 0; i < n; i++)
		rank[i] = (struct rank){(double)draw_below(random, 50), i};
	rank_first(rank, n, limit);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && i < limit; k++)
			ck_assert(is_before(&rank[i], &rank[k]));
}

START_TEST(first_of_many)
{
	static const size_t limits[] = {0, 1, 2, 3, 10, 64, 499, 500, 501};
	uint64_t random = 1;

	for (size_t n = 0; n <= MANY; n += n < 10 ? 1 : 70)
		for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
			expect_first(&random, n, limits[i]);
}
END_TEST

Suite *rank_suite(void)
{
	Suite *s = suite_create("rank");
	TCase *t = tcase_create("rank");

	tcase_add_test(t, first_of_many);
	suite_add_tcase(s, t);
	return s;
}
