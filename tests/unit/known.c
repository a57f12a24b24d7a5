/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "profile/known.h"

#include "unit.h"

static struct metadata_module module = {
	.path = (char *)"/lib/a.so",
	.is = {.number = 1, .file_size = 7, .build_id_length = 2},
};

static const struct symbols_frame inlined[] = {
	{.function = "f", .file = "f.c", .line = 3, .inlined = true},
	{.function = NULL, .file = NULL, .line = 0},
};

static uint32_t place_of(struct known *k, const struct metadata_module *m,
			 uint64_t offset)
{
	uint32_t file, place;

	ck_assert_int_eq(known_file(k, m, &file), 0);
	ck_assert_int_eq(known_place(k, file, offset, &place), 0);
	return place;
}

/* @arg: how often it was called. */
static void expect_inlined(void *arg, size_t index,
			   const struct symbols_frame *frames, size_t n)
{
	++*(int *)arg;
	ck_assert_uint_eq(index, 5);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(frames[0].function, "f");
	ck_assert_str_eq(frames[0].file, "f.c");
	ck_assert_uint_eq(frames[0].line, 3);
	ck_assert(frames[0].inlined);
	ck_assert_ptr_null(frames[1].function);
	ck_assert_ptr_null(frames[1].file);
	ck_assert(!frames[1].inlined);
}

static void expect_none(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n)
{
	++*(int *)arg;
	(void)index;
	(void)frames;
	ck_assert_uint_eq(n, 0);
}

START_TEST(what_was_put_is_had)
{
	struct known k = {0};
	uint32_t place = place_of(&k, &module, 100);
	int calls = 0;

	ck_assert(!known_has(&k, place));
	ck_assert_int_eq(known_put(&k, place, inlined, 2), 0);
	/* And stays, when there is more. */
	for (uint64_t i = 1000; i < 3000; i++)
		ck_assert_int_eq(
			known_put(&k, place_of(&k, &module, i), inlined, 1), 0);
	ck_assert_uint_eq(place_of(&k, &module, 100), place);
	ck_assert(known_has(&k, place));
	known_get(&k, place, 5, expect_inlined, &calls);
	ck_assert_int_eq(calls, 1);
	known_fini(&k);
}
END_TEST

START_TEST(having_no_frames_is_known)
{
	struct known k = {0};
	uint32_t place = place_of(&k, &module, 100);
	int calls = 0;

	ck_assert_int_eq(known_put(&k, place, NULL, 0), 0);
	ck_assert(known_has(&k, place));
	known_get(&k, place, 0, expect_none, &calls);
	ck_assert_int_eq(calls, 1);
	known_fini(&k);
}
END_TEST

START_TEST(another_file_is_not_known)
{
	struct known k = {0};
	struct metadata_module other;

	ck_assert_int_eq(known_put(&k, place_of(&k, &module, 100), inlined, 2),
			 0);
	ck_assert(!known_has(&k, place_of(&k, &module, 101)));
	other = module;
	other.is.number = 2; /* of another process */
	other.is.bias = 4096;
	ck_assert(known_has(&k, place_of(&k, &other, 100)));
	other = module;
	other.is.file_size++;
	ck_assert(!known_has(&k, place_of(&k, &other, 100)));
	other = module;
	other.is.file_mtime_ns++;
	ck_assert(!known_has(&k, place_of(&k, &other, 100)));
	other = module;
	other.is.build_id[1] ^= 1;
	ck_assert(!known_has(&k, place_of(&k, &other, 100)));
	other = module;
	other.path = (char *)"/lib/b.so";
	ck_assert(!known_has(&k, place_of(&k, &other, 100)));
	known_fini(&k);
}
END_TEST

Suite *known_suite(void)
{
	Suite *s = suite_create("known");
	TCase *t = tcase_create("known");

	tcase_add_test(t, what_was_put_is_had);
	tcase_add_test(t, having_no_frames_is_known);
	tcase_add_test(t, another_file_is_not_known);
	suite_add_tcase(s, t);
	return s;
}
