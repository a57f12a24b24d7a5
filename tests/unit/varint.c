/* SPDX-License-Identifier: MIT */

/* Numbers at the edges of every length, and encodings that are not allowed. */

#include <string.h>

#include "format/varint.h"

#include "unit.h"

static const uint64_t edges[] = {
	0,
	1,
	0x7f,
	0x80,
	0x3fff,
	0x4000,
	0xffffffff,
	0x100000000,
	((uint64_t)1 << 63) - 1,
	(uint64_t)1 << 63,
	UINT64_MAX,
};

static size_t length_of(uint64_t v)
{
	size_t n = 1;

	while (v >>= 7)
		n++;
	return n;
}

START_TEST(there_and_back)
{
	uint8_t bytes[VARINT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		size_t n = varint_put(bytes, edges[i]);
		struct cursor c = {bytes, bytes + n, false};

		ck_assert_uint_eq(n, length_of(edges[i]));
		ck_assert_uint_eq(varint_get(&c), edges[i]);
		ck_assert(!c.bad && c.p == c.end);
	}
}
END_TEST

START_TEST(cut_short)
{
	uint8_t bytes[VARINT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		size_t n = varint_put(bytes, edges[i]);

		while (n-- > 0) {
			struct cursor c = {bytes, bytes + n, false};

			ck_assert_uint_eq(varint_get(&c), 0);
			ck_assert(c.bad);
		}
	}
}
END_TEST

static bool is_bad(const char *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes;
	struct cursor c = {p, p + n, false};

	return varint_get(&c) == 0 && c.bad;
}

START_TEST(only_one_encoding)
{
	ck_assert(is_bad("\x80\x00", 2));
	ck_assert(is_bad("\xff\x80\x00", 3));
	/* Beyond 64 bits. */
	ck_assert(is_bad("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
	ck_assert(is_bad("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11));
}
END_TEST

START_TEST(zigzag)
{
	static const int64_t signs[] = {0,  -1,	       1,	 -64,
					64, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		ck_assert_int_eq(varint_unzigzag(varint_zigzag(signs[i])),
				 signs[i]);
	ck_assert_uint_eq(varint_zigzag(-1), 1);
	ck_assert_uint_eq(varint_zigzag(1), 2);
}
END_TEST

Suite *varint_suite(void)
{
	Suite *suite = suite_create("varint");
	TCase *cases = tcase_create("varint");

	tcase_add_test(cases, there_and_back);
	tcase_add_test(cases, cut_short);
	tcase_add_test(cases, only_one_encoding);
	tcase_add_test(cases, zigzag);
	suite_add_tcase(suite, cases);
	return suite;
}
