/* SPDX-License-Identifier: MIT */

/* When is a slot a block? */

#include <string.h>

#include "format/format.h"

#include "unit.h"

#define PROFILE 77

static union {
	struct block_header header;
	uint8_t bytes[BLOCK_SIZE];
} b;

static void setup(void)
{
	memset(&b, 0, sizeof(b));
	b.header.magic = BLOCK_MAGIC;
	b.header.kind = BLOCK_EVENTS;
	b.header.profile = PROFILE;
	b.header.used = 100;
	memset(&b.header + 1, 0x5a, 100);
}

START_TEST(checksum_is_crc32c)
{
	/* The check value of the Castagnoli CRC, and zeros (RFC 3720, B.4). */
	static const uint8_t zeros[32];

	ck_assert_uint_eq(block_crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(block_crc32c(0, zeros, sizeof(zeros)), 0x8a9136aa);
	ck_assert_uint_eq(block_crc32c(block_crc32c(0, "1234", 4), "56789", 5),
			  0xe3069283);
	ck_assert_uint_eq(block_crc32c(0, NULL, 0), 0);
}
END_TEST

/* At any length and alignment, and from any start. */
START_TEST(checksum_is_that_of_the_tables)
{
	uint8_t bytes[200];
	uint32_t start = 1;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i + 7 * i);
	for (size_t from = 0; from < 9; from++) {
		for (size_t n = 0; n + from <= sizeof(bytes); n++) {
			uint32_t crc = block_crc32c(start, bytes + from, n);

			ck_assert_uint_eq(crc, block_crc32c_by_tables(
						       start, bytes + from, n));
			start = crc;
		}
	}
}
END_TEST

START_TEST(sealed_is_checked)
{
	block_seal(&b.header);
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_OK);
	for (size_t bit = 0; bit < 8 * (sizeof(b.header) + 100); bit++) {
		/* Flags say whether there is a checksum at all. */
		if (bit / 8 == offsetof(struct block_header, flags))
			continue;
		b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(block_check(&b.header, PROFILE),
				 FORMAT_DAMAGED);
		b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* Behind `used` there is nothing. */
	b.bytes[BLOCK_SIZE - 1] = 1;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_OK);
}
END_TEST

START_TEST(open_is_believed)
{
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_OK);
	ck_assert_int_eq(block_check(&b.header, 0), FORMAT_OK);
	ck_assert_int_eq(block_check(&b.header, PROFILE + 1), FORMAT_DAMAGED);
	b.header.used = BLOCK_PAYLOAD;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_OK);
	b.header.used = BLOCK_PAYLOAD + 1;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_DAMAGED);
}
END_TEST

START_TEST(unused_slot)
{
	memset(&b, 0, sizeof(b));
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_END);
	b.header.kind = BLOCK_EVENTS; /* being opened: the magic comes last */
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_END);
	b.header.used = 1;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_DAMAGED);
}
END_TEST

START_TEST(unknown_kinds)
{
	b.header.kind = 0;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_DAMAGED);
	b.header.kind = BLOCK_EVENTS + 1;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_DAMAGED);
	b.header.kind = BLOCK_EVENTS;
	b.header.flags = 2;
	ck_assert_int_eq(block_check(&b.header, PROFILE), FORMAT_DAMAGED);
}
END_TEST

Suite *block_suite(void)
{
	Suite *suite = suite_create("block");
	TCase *cases = tcase_create("block");

	tcase_add_checked_fixture(cases, setup, NULL);
	tcase_add_test(cases, checksum_is_crc32c);
	tcase_add_test(cases, checksum_is_that_of_the_tables);
	tcase_add_test(cases, sealed_is_checked);
	tcase_add_test(cases, open_is_believed);
	tcase_add_test(cases, unused_slot);
	tcase_add_test(cases, unknown_kinds);
	suite_add_tcase(suite, cases);
	return suite;
}
