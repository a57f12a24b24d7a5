/* SPDX-License-Identifier: MIT */

/* Logs of version 1 that go astray, and bytes that are no logs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/digest.h"

#include "unit.h"
#include "v1case.h"

/* 4 GiB + 5 was written as 5, 2 GiB + 16 as 16; nobody can tell. */
START_TEST(test_size_cut)
{
	v1writer_alloc(&v1.w, 1000000, 1, 0x100000005);
	v1writer_alloc(&v1.w, 1000000, 1, 0x80000010);
	v1case_open();
	v1case_expect("1 +5/2, 2 +16/2");
	ck_assert_uint_eq(v1case_report(0), 0);
}
END_TEST

/*
 * 3 GiB and some is a byte that seems to go on in the next event, which then
 * is a free that looks like more of it.  Only that event is left out.
 */
START_TEST(test_size_astray)
{
	static const uint64_t sizes[] = {0xc0000085, 0x800000ff, 0xfffffff0,
					 0x1800000c0};
	uint64_t size = sizes[_i % 4];
	int before = _i / 4;

	v1case_put(before);
	v1writer_alloc(&v1.w, 500000, 1, size);
	v1writer_free(&v1.w, 0, 2, 300);
	v1case_put(40);
	v1writer_free(&v1.w, 0, 1, size);
	v1writer_alloc(&v1.w, 0, 2, 9000);
	v1case_put(20);
	v1case_open();
	ck_assert_uint_eq(v1case_read(v1.text),
			  (uint64_t)before + 1 + 40 + 1 + 20);
	snprintf(v1.other, sizeof(v1.other), "%g -300/3", 0.5 + before * 0.001);
	ck_assert_ptr_nonnull(strstr(v1.text, v1.other));
	ck_assert_ptr_nonnull(strstr(v1.text, " +9000/3"));
	ck_assert_uint_eq(v1case_report(HEAPPROF_LOSSY), 2);
	v1case_expect_said("2 events of blocks of 2");
	ck_assert_uint_eq(reader_damage(v1.r)->blocks, 0);
}
END_TEST

/* Bytes that nobody wrote: events go on after them. */
START_TEST(test_garbage)
{
	static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff};
	size_t at, n = (size_t)_i + 1;

	v1case_put(20);
	at = v1.w.hpd.n;
	v1writer_put(&v1.w.hpd, garbage, n);
	v1case_put(30);
	v1case_open();
	ck_assert_uint_eq(v1case_read(v1.text), 50);
	ck_assert_uint_eq(v1case_report(HEAPPROF_LOSSY), 1);
	ck_assert_uint_eq(reader_damage(v1.r)->first, at);
	ck_assert_uint_eq(reader_damage(v1.r)->bytes, n);
	snprintf(v1.other, sizeof(v1.other), "offset %zu; skipped %zu bytes",
		 at, n);
	v1case_expect_said(v1.other);
}
END_TEST

/* A gap at the very end leaves nothing to go on with. */
START_TEST(test_garbage_at_end)
{
	v1case_put(20);
	v1writer_put(&v1.w.hpd, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10);
	v1case_open();
	ck_assert_uint_eq(v1case_read(v1.text), 20);
	ck_assert_uint_eq(v1case_report(HEAPPROF_LOSSY), 1);
}
END_TEST

/* Stacks that are not in .hpm: counted by the digest, the events are there. */
START_TEST(test_unknown_traces)
{
	struct heapprof_digest_options o = {.precision = 0,
					    .v1_scale = "linux"};
	struct digest *d;

	v1case_put(3);
	v1writer_alloc(&v1.w, 1000, 3, 700);
	v1case_put(2);
	v1writer_free(&v1.w, 1000, 0x3fffffff, 700);
	v1case_put(30);
	v1writer_save(&v1.w, v1.s.base);
	ck_assert_int_eq(digest_make(v1.s.base, &o, &v1.s.listener),
			 HEAPPROF_LOSSY);
	v1case_expect_said("the stacks of 2 events");
	ck_assert_int_eq(digest_open(v1.s.path, &d, NULL), 0);
	ck_assert_uint_eq(d->recorded, 36);
	ck_assert_uint_eq(d->frees, 1);
	ck_assert_uint_eq(d->unknown_stacks, 2);
	ck_assert_uint_eq(d->damaged_bytes, 0);
	digest_close(d);
}
END_TEST

/* Whatever the bytes are, reading ends, twice with the same events. */
static void read_any(void)
{
	uint64_t lost, before, nr;

	v1writer_save(&v1.w, v1.s.base);
	if (reader_open(v1.s.base, NULL, &v1.r) != 0) {
		v1.r = NULL;
		return;
	}
	nr = v1case_read(v1.text);
	before = reader_damage(v1.r)->bytes;
	reader_report(v1.r, true, nr, &lost);
	reader_rewind(v1.r);
	ck_assert_uint_eq(v1case_read(v1.other), nr);
	ck_assert_str_eq(v1.text, v1.other);
	ck_assert_uint_eq(reader_damage(v1.r)->bytes, before);
	ck_assert_uint_le(before, reader_size(v1.r));
	reader_close(v1.r);
	v1.r = NULL;
}

START_TEST(test_flips)
{
	v1writer_alloc(&v1.w, -300000, 1, 0xc0000085);
	v1writer_free(&v1.w, 123456789, 2, 0x7fffffff);
	for (int i = 0; i < 20; i++)
		v1writer_alloc(&v1.w, i * 77777, i % 4, (uint64_t)i * 1000);
	for (size_t i = 0; i < v1.w.hpd.n * 8; i++) {
		v1.w.hpd.p[i / 8] ^= (uint8_t)(1u << i % 8);
		read_any();
		v1.w.hpd.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t i = 0; i < v1.w.hpm.n * 8; i++) {
		v1.w.hpm.p[i / 8] ^= (uint8_t)(1u << i % 8);
		read_any();
		v1.w.hpm.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}
END_TEST

START_TEST(test_random)
{
	size_t header = v1.w.hpm.n;

	srand((unsigned)_i);
	for (int turn = 0; turn < 300; turn++) {
		v1.w.hpd.n = 0;
		v1.w.hpm.n = header;
		for (int i = rand() % 2000; i > 0; i--) {
			uint8_t b = (uint8_t)(rand() % 3 ? rand() % 4 : rand());

			v1writer_put(&v1.w.hpd, &b, 1);
			if (i % 8 == 0)
				v1writer_put(&v1.w.hpm, &b, 1);
		}
		read_any();
	}
}
END_TEST

/* Larger than the window, with a fault at each of its edges. */
START_TEST(test_long_log)
{
	uint64_t nr = 0, faults = 0;

	while (v1.w.hpd.n < 300000) {
		bool edge = v1.w.hpd.n % 65536 > 65536 - 400;

		v1writer_alloc(&v1.w, 7, 1, edge ? 0xc0000085 : 20);
		v1case_put(40);
		nr += 40 + !edge;
		faults += edge;
	}
	ck_assert_uint_gt(faults, 0);
	v1case_open();
	ck_assert_uint_eq(v1case_read(v1.text), nr);
	ck_assert_uint_eq(v1case_report(HEAPPROF_LOSSY), faults);
}
END_TEST

Suite *v1scan_suite(void)
{
	Suite *suite = suite_create("v1scan");
	TCase *cases = tcase_create("v1scan");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, v1case_setup, v1case_teardown);
	tcase_add_test(cases, test_size_cut);
	tcase_add_loop_test(cases, test_size_astray, 0, 4 * 12);
	tcase_add_loop_test(cases, test_garbage, 0, 11);
	tcase_add_test(cases, test_garbage_at_end);
	tcase_add_test(cases, test_unknown_traces);
	tcase_add_test(cases, test_flips);
	tcase_add_loop_test(cases, test_random, 0, 3);
	tcase_add_test(cases, test_long_log);
	suite_add_tcase(suite, cases);
	return suite;
}
