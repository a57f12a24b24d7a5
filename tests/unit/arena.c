/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"

#include "unit.h"

START_TEST(list_grows)
{
	struct arena a = {0};
	size_t room = 0;
	int *list = NULL;

	for (int i = 0; i < 1000; i++) {
		list = arena_grow(&a, list, (size_t)i, &room, sizeof(*list));
		ck_assert_ptr_nonnull(list);
		ck_assert_uint_gt(room, (size_t)i);
		list[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(list[i], i);
	arena_fini(&a);
}
END_TEST

START_TEST(alloc_is_zeroed_and_aligned)
{
	struct arena a = {0};

	for (size_t size = 0; size < 300000; size = size * 3 + 1) {
		unsigned char *p = arena_alloc(&a, size, 1);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_fini(&a);
	ck_assert_ptr_null(a.chunks);
	ck_assert_ptr_nonnull(arena_alloc(&a, 1, 1));
	arena_fini(&a);
}
END_TEST

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Of large pages, whatever they are aligned to; and what comes after them. */
START_TEST(alloc_of_many_pages)
{
	const size_t page = (size_t)2 << 20;
	struct arena a = {0};

	for (size_t nr = 1; nr <= 6; nr++) {
		for (size_t less = 0; less <= 128; less += 16) {
			size_t size = nr * page - less;
			unsigned char *p = arena_alloc(&a, size, 1);
			unsigned char *q = arena_alloc(&a, 100000, 1);

			ck_assert(p && q);
			ck_assert(is_zero(p, size) && is_zero(q, 100000));
			memset(p, 0xff, size);
			ck_assert(is_zero(q, 100000));
			memset(q, 0xff, 100000);
		}
		arena_fini(&a);
	}
}
END_TEST

/* Also where something large came in between. */
START_TEST(alloc_side_by_side)
{
	struct arena a = {0};
	unsigned char *p = arena_alloc(&a, 16, 1), *large, *q;

	for (size_t size = 100000; size <= 3000000; size *= 2) {
		large = arena_alloc(&a, size, 1);
		q = arena_alloc(&a, 16, 1);
		ck_assert(p && large && q);
		memset(large, 0xff, size);
		if (size < 500000)
			ck_assert_ptr_eq(q, p + 16);
		ck_assert(is_zero(q, 16));
		p = q;
	}
	arena_fini(&a);
}
END_TEST

START_TEST(alloc_overflow)
{
	struct arena a = {0};

	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX, 2));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX, 1));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX / 2, 1));
	arena_fini(&a);
}
END_TEST

START_TEST(print)
{
	struct arena a = {0};
	char *s = arena_printf(&a, "%d %s", 7, "seven");

	ck_assert_str_eq(s, "7 seven");
	arena_fini(&a);
}
END_TEST

Suite *arena_suite(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_test(t, list_grows);
	tcase_add_test(t, alloc_is_zeroed_and_aligned);
	tcase_add_test(t, alloc_of_many_pages);
	tcase_add_test(t, alloc_side_by_side);
	tcase_add_test(t, alloc_overflow);
	tcase_add_test(t, print);
	suite_add_tcase(s, t);
	return s;
}
