/* SPDX-License-Identifier: MIT */

/* Messages as the encoding guide of protocol buffers has them. */

#include <string.h>

#include "render/proto.h"

#include "unit.h"

static void expect(struct bytes *b, const char *bytes, size_t n)
{
	ck_assert(!b->failed);
	ck_assert_uint_eq(b->n, n);
	ck_assert_mem_eq(b->p, bytes, n);
	bytes_fini(b);
}

START_TEST(integers)
{
	struct bytes b = {0};

	proto_int(&b, 1, 150);
	expect(&b, "\x08\x96\x01", 3);
	proto_int(&b, 16, 1);
	expect(&b, "\x80\x01\x01", 3);
	proto_int(&b, 1, (uint64_t)-1);
	expect(&b, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
}
END_TEST

START_TEST(strings_and_messages)
{
	struct bytes b = {0};

	proto_bytes(&b, 2, "testing", 7);
	expect(&b, "\x12\x07testing", 9);
	proto_element(&b, 3, "\x08\x96\x01", 3);
	expect(&b, "\x1a\x03\x08\x96\x01", 5);
}
END_TEST

START_TEST(packed)
{
	static const uint64_t values[] = {3, 270, 86942};
	struct bytes b = {0};

	proto_packed(&b, 6, values, 3);
	expect(&b, "\x32\x06\x03\x8e\x02\x9e\xa7\x05", 8);
}
END_TEST

START_TEST(nothing_is_left_out)
{
	struct bytes b = {0};

	proto_int(&b, 1, 0);
	proto_bytes(&b, 2, "", 0);
	proto_packed(&b, 3, NULL, 0);
	ck_assert_uint_eq(b.n, 0);
	/* But an element counts, as the first string of a table. */
	proto_element(&b, 4, "", 0);
	expect(&b, "\x22\x00", 2);
}
END_TEST

Suite *proto_suite(void)
{
	Suite *s = suite_create("proto");
	TCase *t = tcase_create("proto");

	tcase_add_test(t, integers);
	tcase_add_test(t, strings_and_messages);
	tcase_add_test(t, packed);
	tcase_add_test(t, nothing_is_left_out);
	suite_add_tcase(s, t);
	return s;
}
