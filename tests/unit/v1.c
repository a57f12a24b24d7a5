/* SPDX-License-Identifier: MIT */

/* Version 1, record by record. */

#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/v1.h"

#include "unit.h"

struct event_case {
	uint8_t bytes[24];
	uint8_t n;
	enum format_status status;
	struct v1_event e;
};

static const struct event_case event_cases[] = {
	/* What the original wrote. */
	{"\x00\x00\x00\x01\x00\x64\x64",
	 7,
	 FORMAT_OK,
	 {100000, 1, 100, false, 6}},
	{"\x00\x00\x00\x02\x00\x90\xa1\x0f\xa8\x46",
	 10,
	 FORMAT_OK,
	 {250000000, 2, 9000, false, 8}},
	{"\x40\x00\x00\x01\x01\x00\x64",
	 7,
	 FORMAT_OK,
	 {1000000000, 1, 100, true, 6}},
	{"\x40\x00\x00\x02\x00\x00\xa8\x46",
	 8,
	 FORMAT_OK,
	 {0, 2, 9000, true, 6}},
	/* 0.3 s back, one second back, the largest of everything. */
	{"\x80\x00\x00\x01\x01\xe0\xdc\x2a\x00",
	 9,
	 FORMAT_OK,
	 {-300000000, 1, 0, false, 8}},
	{"\xc0\x00\x00\x01\x01\x00\x00",
	 7,
	 FORMAT_OK,
	 {-1000000000, 1, 0, true, 6}},
	{"\x3f\xff\xff\xff\xff\xff\xff\xff\x07\xbf\x84\x3d"
	 "\xff\xff\xff\xff\x07",
	 17,
	 FORMAT_OK,
	 {2147483647999999000, 0x3fffffff, 0x7fffffff, false, 12}},
	{"", 0, FORMAT_END, {0}},
	{"\x00\x00\x00", 3, FORMAT_TRUNCATED, {0}},
	{"\x00\x00\x00\x01", 4, FORMAT_TRUNCATED, {0}},
	{"\x00\x00\x00\x01\x00\x64\xe4", 7, FORMAT_TRUNCATED, {0}},
	/* A million microseconds; back by no seconds. */
	{"\x00\x00\x00\x01\x00\xc0\x84\x3d\x01", 9, FORMAT_DAMAGED, {0}},
	{"\x80\x00\x00\x01\x00\x01\x01", 7, FORMAT_DAMAGED, {0}},
	/* Beyond an int; longer than need be. */
	{"\x00\x00\x00\x01\x00\x00\x80\x80\x80\x80\x08",
	 11,
	 FORMAT_DAMAGED,
	 {0}},
	{"\x00\x00\x00\x01\x00\x00\x80\x80\x80\x80\x80\x01",
	 12,
	 FORMAT_DAMAGED,
	 {0}},
	{"\x00\x00\x00\x01\x00\x00\x85\x00", 8, FORMAT_DAMAGED, {0}},
};

START_TEST(test_event)
{
	const struct event_case *t = &event_cases[_i];
	struct cursor c = {t->bytes, t->bytes + t->n, false};
	struct v1_event e;

	ck_assert_int_eq(v1_get_event(&c, &e), t->status);
	if (t->status != FORMAT_OK)
		return;
	ck_assert_ptr_eq(c.p, c.end);
	ck_assert_int_eq(e.delta_ns, t->e.delta_ns);
	ck_assert_uint_eq(e.trace, t->e.trace);
	ck_assert_uint_eq(e.size, t->e.size);
	ck_assert_uint_eq(e.size_at, t->e.size_at);
	ck_assert(e.is_free == t->e.is_free);
	for (uint8_t n = 1; n < t->n; n++) {
		c = (struct cursor){t->bytes, t->bytes + n, false};
		ck_assert_int_eq(v1_get_event(&c, &e), FORMAT_TRUNCATED);
		ck_assert(c.p <= c.end);
	}
}
END_TEST

static const uint8_t metadata[] =
	"\0\0\0\1\0\0\0\0\x59\x68\x2f\0\0\0\0\0\x0e\xe6\xb2\x80\2"
	"\0\0\0\0\0\0\0\x80\0\x06\x8d\xb8"
	"\0\0\0\0\0\0\x20\0\x19\x99\x99\x99"
	"\x08\x08inner.py\4\7main.py\0\x0a\7main.py";

START_TEST(test_metadata)
{
	struct cursor c = {metadata, metadata + sizeof(metadata), false};
	struct v1_header h;
	struct hpm_range r;
	struct v1_frame f;

	ck_assert_int_eq(v1_get_header(&c, &h), FORMAT_OK);
	ck_assert_uint_eq(h.start_ns, 1500000000250000000);
	ck_assert_uint_eq(h.nr_ranges, 2);
	ck_assert_int_eq(v1_get_range(&c, &r), FORMAT_OK);
	ck_assert_uint_eq(r.below, 128);
	ck_assert_double_eq(r.probability, 429496 / 4294967295.0);
	ck_assert_int_eq(v1_get_range(&c, &r), FORMAT_OK);
	ck_assert_uint_eq(r.below, 8192);
	ck_assert_double_eq_tol(r.probability, 0.1, 1e-9);
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_OK);
	ck_assert_uint_eq(f.line, 7 + 1);
	ck_assert_uint_eq(f.length, 8);
	ck_assert_int_eq(memcmp(f.file, "inner.py", 8), 0);
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_OK);
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_END);
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_OK);
	ck_assert_uint_eq(f.line, 9 + 1);
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_END);
	ck_assert_ptr_eq(c.p, c.end);
}
END_TEST

START_TEST(test_bad_header)
{
	uint8_t bytes[21];
	struct cursor c;
	struct v1_header h;

	for (size_t n = 0; n < sizeof(bytes); n++) {
		c = (struct cursor){metadata, metadata + n, false};
		ck_assert_int_eq(v1_get_header(&c, &h), FORMAT_TRUNCATED);
	}
	memcpy(bytes, metadata, sizeof(bytes));
	c = (struct cursor){bytes, bytes + sizeof(bytes), false};
	bytes[3] = 2;
	ck_assert_int_eq(v1_get_header(&c, &h), FORMAT_NEWER);
	memcpy(bytes, metadata, sizeof(bytes));
	c.p = bytes;
	bytes[16] = 0x3c; /* 10^9 ns and more */
	ck_assert_int_eq(v1_get_header(&c, &h), FORMAT_DAMAGED);
	memcpy(bytes, metadata, sizeof(bytes));
	c.p = bytes;
	bytes[4] = 0x80;
	ck_assert_int_eq(v1_get_header(&c, &h), FORMAT_DAMAGED);
}
END_TEST

START_TEST(test_bad_frame)
{
	struct v1_frame f;
	static const uint8_t control[] = "\x08\x03"
					 "a\x01z";
	struct cursor c = {control, control + 5, false};

	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_DAMAGED);
	c = (struct cursor){control, control + 3, false};
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_TRUNCATED);
	c = (struct cursor){control, control + 1, false};
	ck_assert_int_eq(v1_get_frame(&c, &f), FORMAT_TRUNCATED);
}
END_TEST

/* Whatever the bytes are, it ends, and stays within them. */
START_TEST(test_random)
{
	uint8_t *bytes = malloc(64);

	srand((unsigned)_i);
	for (int turn = 0; turn < 20000; turn++) {
		struct cursor c = {bytes, bytes + rand() % 65, false};
		struct v1_event e;
		struct v1_frame f;

		for (int i = 0; i < 64; i++)
			bytes[i] = (uint8_t)(rand() & (turn & 1 ? 0xff : 0x8f));
		while (v1_get_event(&c, &e) == FORMAT_OK) {
			ck_assert_uint_le(e.size, V1_NUMBER_MAX);
			ck_assert_uint_le(e.size_at, V1_EVENT_MAX);
			ck_assert(c.p <= c.end);
		}
		ck_assert(c.p <= c.end);
		c.p = bytes;
		while (v1_get_frame(&c, &f) == FORMAT_OK)
			ck_assert(c.p <= c.end);
		ck_assert(c.p <= c.end);
	}
	free(bytes);
}
END_TEST

Suite *v1_suite(void)
{
	Suite *suite = suite_create("v1");
	TCase *cases = tcase_create("v1");

	tcase_add_loop_test(cases, test_event, 0, ARRAY_SIZE(event_cases));
	tcase_add_test(cases, test_metadata);
	tcase_add_test(cases, test_bad_header);
	tcase_add_test(cases, test_bad_frame);
	tcase_add_loop_test(cases, test_random, 0, 4);
	suite_add_tcase(suite, cases);
	return suite;
}
