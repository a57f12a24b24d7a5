/* SPDX-License-Identifier: MIT */

/* Events there and back, at the edges, and bytes that are none. */

#include <string.h>

#include "format/format.h"
#include "format/varint.h"

#include "unit.h"

static const struct block_header header = {.first = 1000, .thread = 3};

static const struct hpd_event events[] = {
	{.tick = 1000, .kind = HPD_ALLOC, .thread = 3, .block = {0, 0, 3, 0}},
	{.tick = 1000,
	 .kind = HPD_FREE,
	 .thread = 3,
	 .block = {0, 0, 3, 0},
	 .age = 0},
	{.tick = 1001,
	 .kind = HPD_TEMPORARY,
	 .thread = 3,
	 .block = {UINT64_MAX, UINT32_MAX, 0, UINT16_MAX},
	 .age = UINT64_MAX},
	{.tick = 1001, .kind = HPD_RSS, .thread = 3, .rss = UINT64_MAX},
	{.tick = 1002, .kind = HPD_THREAD, .thread = HPM_THREADS_MAX},
	{.tick = 1003,
	 .kind = HPD_ALLOC,
	 .thread = HPM_THREADS_MAX,
	 .block = {(uint64_t)1 << 63, 1, HPM_THREADS_MAX, 1}},
	{.tick = 1 + ((uint64_t)1 << 60),
	 .kind = HPD_ALLOC,
	 .thread = HPM_THREADS_MAX,
	 .block = {1, 1, 3, 0}},
};

static size_t put_all(uint8_t *bytes)
{
	struct hpd_coder c;
	size_t n = 0;

	hpd_start(&c, &header);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		size_t one = hpd_put(bytes + n, &c, &events[i]);

		ck_assert_uint_le(one, HPD_EVENT_MAX);
		n += one;
	}
	return n;
}

START_TEST(there_and_back)
{
	uint8_t bytes[ARRAY_SIZE(events) * HPD_EVENT_MAX];
	struct cursor in = {bytes, bytes + put_all(bytes), false};
	struct hpd_coder c;
	struct hpd_event e;

	hpd_start(&c, &header);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		ck_assert_int_eq(hpd_get(&in, &c, &e), FORMAT_OK);
		ck_assert_int_eq(e.kind, events[i].kind);
		ck_assert_uint_eq(e.tick, events[i].tick);
		ck_assert_uint_eq(e.thread, events[i].thread);
		if (e.kind == HPD_RSS)
			ck_assert_uint_eq(e.rss, events[i].rss);
		if (e.kind > HPD_TEMPORARY)
			continue;
		ck_assert_uint_eq(e.age, events[i].age);
		ck_assert_uint_eq(e.block.size, events[i].block.size);
		ck_assert_uint_eq(e.block.trace, events[i].block.trace);
		ck_assert_uint_eq(e.block.thread, events[i].block.thread);
		ck_assert_uint_eq(e.block.waste, events[i].block.waste);
	}
	ck_assert_int_eq(hpd_get(&in, &c, &e), FORMAT_END);
}
END_TEST

/* A reader keeps what it knows of a slot for as long as this is false. */
START_TEST(defined_tells_of_change)
{
	static const uint64_t sizes[] = {1, 1, 2, 1};
	struct hpd_event e = {.kind = HPD_ALLOC, .thread = 3};
	uint8_t bytes[4 * HPD_EVENT_MAX];
	struct hpd_coder c;
	struct cursor in = {bytes, bytes, false};
	struct hpd_block known[HPD_SLOTS];
	size_t n = 0;

	hpd_start(&c, &header);
	e.tick = header.first;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		e.block.size = sizes[i];
		n += hpd_put(bytes + n, &c, &e);
	}
	in.end += n;
	hpd_start(&c, &header);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		ck_assert_int_eq(hpd_get(&in, &c, &e), FORMAT_OK);
		ck_assert(i > 0 || e.defined);
		ck_assert(i != 1 || !e.defined);
		if (e.defined)
			known[e.slot] = e.block;
		ck_assert_uint_eq(known[e.slot].size, sizes[i]);
	}
}
END_TEST

START_TEST(same_block_is_short)
{
	struct hpd_event e = {.tick = 1000,
			      .kind = HPD_ALLOC,
			      .thread = 3,
			      .block = {100, 5, 3, 0}};
	uint8_t bytes[HPD_EVENT_MAX];
	struct hpd_coder c;

	hpd_start(&c, &header);
	hpd_put(bytes, &c, &e);
	ck_assert_uint_eq(hpd_put(bytes, &c, &e), 2);
}
END_TEST

/* As malloc_usable_size() has it: blocks of 24, 40, 56... bytes. */
START_TEST(usual_waste)
{
	for (uint64_t size = 0; size < 200; size++) {
		uint64_t usable = 24;

		while (usable < size)
			usable += 16;
		ck_assert_uint_eq(hpd_usual_waste(size), usable - size);
	}
	ck_assert_uint_eq(hpd_usual_waste(UINT64_MAX), 9);
}
END_TEST

/* What goes without saying is not in a definition. */
START_TEST(usual_definition_is_short)
{
	static const struct {
		struct hpd_block block;
		size_t length;
	} cases[] = {
		{{100, 5, 3, 4}, 4},   {{0, 5, 3, 24}, 4},
		{{100, 5, 3, 5}, 7},   {{100, 5, 4, 4}, 7},
		{{100, 5, 3, 300}, 8}, {{300, 70, 3, 12}, 6},
	};
	uint8_t bytes[HPD_EVENT_MAX];
	struct hpd_coder c;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hpd_event e = {.tick = 1000,
				      .kind = HPD_ALLOC,
				      .thread = 3,
				      .block = cases[i].block};

		hpd_start(&c, &header);
		ck_assert_uint_eq(hpd_put(bytes, &c, &e), cases[i].length);
	}
}
END_TEST

/* Every cut and every flipped bit gives events, an end, or damage. */
START_TEST(any_bytes_decode)
{
	uint8_t bytes[ARRAY_SIZE(events) * HPD_EVENT_MAX];
	size_t n = put_all(bytes);

	for (size_t bit = 0; bit < 8 * n; bit++) {
		for (size_t cut = 0; cut <= n; cut++) {
			struct cursor in = {bytes, bytes + cut, false};
			enum format_status s;
			struct hpd_coder c;
			struct hpd_event e;
			size_t nr = 0;

			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			hpd_start(&c, &header);
			while ((s = hpd_get(&in, &c, &e)) == FORMAT_OK)
				nr++;
			ck_assert(s == FORMAT_END || s == FORMAT_DAMAGED);
			ck_assert_uint_le(nr, cut);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}
END_TEST

static enum format_status get_one(const char *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes;
	struct cursor in = {p, p + n, false};
	struct hpd_coder c;
	struct hpd_event e;

	hpd_start(&c, &header);
	return hpd_get(&in, &c, &e);
}

START_TEST(damage)
{
	ck_assert_int_eq(get_one("\x00", 1), FORMAT_DAMAGED);	  /* kind 0 */
	ck_assert_int_eq(get_one("\x01\x07", 2), FORMAT_DAMAGED); /* unknown */
	ck_assert_int_eq(get_one("\x01", 1), FORMAT_DAMAGED);
	/* A trace below 0, a waste too large, a kind with no meaning; time
	   beyond 64 bits; an extension too long. */
	ck_assert_int_eq(get_one("\x05\x00\x01\x01", 4), FORMAT_DAMAGED);
	ck_assert_int_eq(get_one("\x04\x01\x00\x02\x01\x80\x80\x04\x00", 9),
			 FORMAT_DAMAGED);
	ck_assert_int_eq(get_one("\x04\x04\x00\x02\x01", 5), FORMAT_DAMAGED);
	ck_assert_int_eq(
		get_one("\xf9\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 11),
		FORMAT_DAMAGED);
	ck_assert_int_eq(get_one("\x04\x07\x02\x00", 4), FORMAT_DAMAGED);
}
END_TEST

START_TEST(extensions_are_skipped)
{
	ck_assert_int_eq(get_one("\x04\x07\x02\x41\x42\x04\x05\x09", 8),
			 FORMAT_OK);
	ck_assert_int_eq(get_one("\x04\x07\x00", 3), FORMAT_END);
}
END_TEST

Suite *hpd_suite(void)
{
	Suite *suite = suite_create("hpd");
	TCase *cases = tcase_create("hpd");

	tcase_add_test(cases, there_and_back);
	tcase_add_test(cases, defined_tells_of_change);
	tcase_add_test(cases, same_block_is_short);
	tcase_add_test(cases, usual_waste);
	tcase_add_test(cases, usual_definition_is_short);
	tcase_add_test(cases, any_bytes_decode);
	tcase_add_test(cases, damage);
	tcase_add_test(cases, extensions_are_skipped);
	suite_add_tcase(suite, cases);
	return suite;
}
