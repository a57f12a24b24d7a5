/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "list.h"

#include "unit.h"

START_TEST(grows_by_one)
{
	size_t room = 0, moves = 0;
	int *list = NULL;

	for (int i = 0; i < 100000; i++) {
		size_t before = room;

		list = list_grow(list, (size_t)i, &room, sizeof(*list));
		ck_assert_ptr_nonnull(list);
		ck_assert_uint_gt(room, (size_t)i);
		moves += room != before;
		list[i] = i;
	}
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(list[i], i);
	ck_assert_uint_le(moves, 17); /* 2^17 is more than 100000 */
	free(list);
}
END_TEST

/* What there was is kept, and the room is used before there is more. */
START_TEST(grows_to_a_place)
{
	size_t room = 0, before;
	char *list = NULL;

	for (size_t i = 0; i < 10000000; i = i * 3 + 1) {
		list = list_grow(list, i, &room, 1);
		ck_assert_ptr_nonnull(list);
		ck_assert_uint_gt(room, i);
		list[i] = (char)(i % 100);
	}
	for (size_t i = 0; i < 10000000; i = i * 3 + 1)
		ck_assert_int_eq(list[i], (char)(i % 100));
	before = room;
	ck_assert_ptr_eq(list_grow(list, room - 1, &room, 1), list);
	ck_assert_uint_eq(room, before);
	free(list);
}
END_TEST

static const struct {
	size_t n, size;
} too_much[] = {
	{SIZE_MAX, 2},	{SIZE_MAX / 2 + 1, 2},	 {SIZE_MAX / 2, 3},
	{SIZE_MAX, 16}, {SIZE_MAX / 16 + 1, 16}, {SIZE_MAX / 16, 16},
	{16, SIZE_MAX}, {16, SIZE_MAX / 32 + 1},
};

START_TEST(too_much_changes_nothing)
{
	size_t n = too_much[_i].n, size = too_much[_i].size, room = 0;
	char *list = list_grow(NULL, 0, &room, 1);
	size_t before = room;

	ck_assert_ptr_nonnull(list);
	list[before - 1] = 'x';
	ck_assert_ptr_null(list_grow(list, n, &room, size));
	ck_assert_uint_eq(room, before);
	ck_assert_int_eq(list[before - 1], 'x');
	free(list);
}
END_TEST

Suite *list_suite(void)
{
	Suite *s = suite_create("list");
	TCase *t = tcase_create("list");

	tcase_add_test(t, grows_by_one);
	tcase_add_test(t, grows_to_a_place);
	tcase_add_loop_test(t, too_much_changes_nothing, 0,
			    (int)ARRAY_SIZE(too_much));
	suite_add_tcase(s, t);
	return s;
}
