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

/* All that varint_get() accepts, and nothing else; @bytes are VARINT_MAX. */
static void expect_the_same(const uint8_t *bytes)
{
	struct cursor c = {bytes, bytes + VARINT_MAX, false};
	struct cursor within = c;
	uint64_t v = varint_get(&c), masked = 0;
	const uint8_t *p = bytes;

	varint_get_within(&within);
	ck_assert_int_eq(within.bad, c.bad);
	within = (struct cursor){bytes, bytes + VARINT_MAX, false};
	ck_assert(c.bad || varint_get_within(&within) == v);
	ck_assert(c.bad || within.p == c.p);
	if (varint_get_masked(&p, UINT64_MAX, &masked)) {
		ck_assert(!c.bad && p == c.p);
		ck_assert_uint_eq(masked, v);
		p = bytes;
		ck_assert(varint_get_masked(&p, 0, &masked));
		ck_assert_uint_eq(masked, 0);
	}
	ck_assert_ptr_eq(p, bytes);
}

/* The bits of each byte that decide, in all combinations. */
START_TEST(fast_ways_are_the_same)
{
	static const uint8_t of[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint8_t bytes[VARINT_MAX];

	for (size_t i = 0; i < 5 * 5 * 5 * 5; i++) {
		for (size_t n = 0; n < VARINT_MAX - 3; n++) {
			memset(bytes, 0xff, n);
			memset(bytes + n, 0x01, sizeof(bytes) - n);
			for (size_t k = 0, left = i; k < 4 && n + k < 10;
			     k++, left /= 5)
				bytes[n + k] = of[left % 5];
			expect_the_same(bytes);
		}
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
	tcase_add_test(cases, fast_ways_are_the_same);
	tcase_add_test(cases, cut_short);
	tcase_add_test(cases, only_one_encoding);
	tcase_add_test(cases, zigzag);
	suite_add_tcase(suite, cases);
	return suite;
}
