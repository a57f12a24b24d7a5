/* SPDX-License-Identifier: MIT */

/* Profiles of version 1 through the reader: what it makes of them. */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "profile/digest.h"

#include "unit.h"
#include "v1case.h"

/* Nodes: 1 main.py:3, 2 inner.py:7 in it, 3 main.py:9. */
START_TEST(test_events)
{
	const struct metadata *m;

	v1writer_alloc(&v1.w, 100, 1, 100);
	v1writer_alloc(&v1.w, 250000, 2, 9000);
	v1writer_free(&v1.w, 1000000, 1, 100);
	v1writer_alloc(&v1.w, 0, 0, 0x7fffffff);
	v1case_open();
	v1case_expect("0.0001 +100/2, 0.2501 +9000/3, 1.2501 -100/2, "
		      "1.2501 +2147483647/0");
	ck_assert_uint_eq(v1case_report(0), 0);
	ck_assert_int_eq(v1.s.said[HEAPPROF_WARNING] + v1.s.said[HEAPPROF_NOTE],
			 0);
	m = reader_metadata(v1.r);
	ck_assert_uint_eq(m->nr_nodes, 4);
	ck_assert_uint_eq(m->nr_threads, 2);
	ck_assert_uint_eq(m->nr_modules, 2);
	ck_assert_uint_eq(m->nodes[2].parent, 1);
	ck_assert_uint_eq(m->nodes[3].parent, 0);
	ck_assert_uint_eq(m->state.lost[HPM_LOST_STACKS], 1);
	ck_assert_uint_eq(reader_header(v1.r)->start_ns, 1500000000250000000);
	ck_assert_uint_eq(reader_position(v1.r), reader_size(v1.r));
}
END_TEST

START_TEST(test_scale)
{
	static const struct {
		const char *name;
		double small, middle, large;
	} cases[] = {
		{NULL, 1e4, 10, 1},
		{"declared", 1e4, 10, 1},
		{"linux", 1, 1, 1},
		{"double", 5e3, 5, 1},
	};
	const struct reader_event *e;
	size_t n;

	v1writer_alloc(&v1.w, 1, 1, 127);
	v1writer_alloc(&v1.w, 1, 1, 128);
	v1writer_alloc(&v1.w, 1, 1, 8191);
	v1writer_alloc(&v1.w, 1, 1, 8192);
	v1case_open();
	ck_assert_int_eq(reader_set_v1_scale(v1.r, cases[_i].name), 0);
	ck_assert_int_eq(reader_next(v1.r, &e, &n), 0);
	ck_assert_uint_eq(n, 4);
	for (int i = 0; i < 4; i++) {
		double want = i == 0   ? cases[_i].small
			      : i == 3 ? cases[_i].large
				       : cases[_i].middle;

		ck_assert_double_eq_tol((double)e[i].block->weight.count /
						HPC_ONE / want,
					1, 1e-5);
	}
	ck_assert_int_eq(reader_set_v1_scale(v1.r, "Linux"), -EINVAL);
}
END_TEST

/* 0.3 s back, on again: time waits for the clock. */
START_TEST(test_clock_back)
{
	v1writer_alloc(&v1.w, 1000000, 1, 1);
	v1writer_alloc(&v1.w, -300000, 1, 2);
	v1writer_alloc(&v1.w, 200000, 1, 3);
	v1writer_alloc(&v1.w, 600000, 1, 4);
	v1case_open();
	v1case_expect("1 +1/2, 1 +2/2, 1 +3/2, 1.5 +4/2");
	ck_assert_uint_eq(v1case_report(0), 0);
	ck_assert_int_eq(v1.s.said[HEAPPROF_NOTE], 1);
}
END_TEST

/* Steps of 68 years stop at the largest time, back ones at the start. */
START_TEST(test_clock_far)
{
	const struct reader_event *e;
	size_t n;

	for (int i = 0; i < 10; i++)
		v1writer_alloc(&v1.w, 2147483647000000, 1, 1);
	for (int i = 0; i < 20; i++)
		v1writer_alloc(&v1.w, -2147483647000000, 1, 1);
	v1case_open();
	ck_assert_int_eq(reader_next(v1.r, &e, &n), 0);
	ck_assert_uint_eq(n, 30);
	ck_assert_uint_eq(e[9].time_ns, READER_TIME_MAX);
	ck_assert_uint_eq(e[29].time_ns, READER_TIME_MAX);
}
END_TEST

/* The log is read up to the last whole event, wherever it is cut. */
START_TEST(test_log_cut)
{
	size_t ends[31] = {0}, full;
	int whole = 0;

	for (int i = 1; i <= 30; i++) {
		v1writer_alloc(&v1.w, i * 100000, 1 + (i & 1),
			       (uint64_t)i << i);
		ends[i] = v1.w.hpd.n;
	}
	full = v1.w.hpd.n;
	for (size_t n = 0; n <= full; n++) {
		while (whole < 30 && ends[whole + 1] <= n)
			whole++;
		v1.w.hpd.n = n;
		v1case_open();
		ck_assert_uint_eq(v1case_read(v1.text), (uint64_t)whole);
		ck_assert_uint_eq(
			v1case_report(n == ends[whole] ? 0 : HEAPPROF_LOSSY),
			n != ends[whole]);
		ck_assert_uint_eq(reader_damage(v1.r)->bytes, 0);
	}
}
END_TEST

/* So are the stacks; a part of one does not count. */
START_TEST(test_metadata_cut)
{
	size_t full = v1.w.hpm.n;
	int opened = 0;

	v1case_put(20);
	for (size_t n = 0; n <= full; n++) {
		struct reader *reader;
		int error;

		v1.w.hpm.n = n;
		v1writer_save(&v1.w, v1.s.base);
		error = reader_open(v1.s.base, &v1.s.listener, &reader);
		ck_assert(error == 0 || error == -EBADMSG);
		ck_assert_msg(opened == 0 || error == 0, "%s", v1.s.text);
		if (error)
			continue;
		v1.r = reader;
		ck_assert_uint_eq(v1case_read(v1.text), 20);
		v1case_report(0);
		ck_assert_uint_eq(reader_metadata(v1.r)->nr_nodes,
				  n == full	   ? 4
				  : n + 10 >= full ? 3
						   : 1);
		reader_close(v1.r);
		v1.r = NULL;
		opened++;
	}
	/* 45 bytes of header, and each length from there. */
	ck_assert_int_eq(opened, (int)(full - 45 + 1));
}
END_TEST

START_TEST(test_metadata_damaged)
{
	/* A line, and no name behind it: the name was not UTF-8. */
	v1writer_put(&v1.w.hpm, "\x05\x08\x07main.py\0", 10);
	v1writer_trace(&v1.w, (const char *const[]){"more.py:1", NULL});
	v1case_put(20);
	v1writer_alloc(&v1.w, 1, 4, 16);
	v1case_open();
	ck_assert_uint_eq(v1case_read(v1.text), 21);
	v1case_report(HEAPPROF_LOSSY);
	v1case_expect_said("stacks from number 3 on");
	ck_assert_uint_eq(reader_metadata(v1.r)->nr_nodes, 4);
}
END_TEST

static void expect_refusal(int error, const char *words)
{
	ck_assert_int_eq(reader_open(v1.s.base, &v1.s.listener, &v1.r), error);
	ck_assert_msg(strstr(v1.s.text, words) != NULL, "%s", v1.s.text);
	v1.r = NULL;
}

START_TEST(test_refused)
{
	uint8_t *p = v1.w.hpm.p;

	v1writer_put(&v1.w.hpd, "HPB2", 4);
	v1writer_save(&v1.w, v1.s.base);
	expect_refusal(-EBADMSG, "of another profile");
	v1.w.hpd.n = 0;
	p[39] = 0; /* ranges that do not ascend */
	p[40] = 0x80;
	v1writer_save(&v1.w, v1.s.base);
	expect_refusal(-EBADMSG, "damaged header");
	p[20] = 32;
	for (int i = 0; i < 32; i++) {
		uint8_t range[12] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)i};

		v1.w.hpm.n = 21 + 12 * (size_t)i;
		v1writer_put(&v1.w.hpm, range, sizeof(range));
	}
	v1.w.hpm.p[20] = 32;
	v1writer_save(&v1.w, v1.s.base);
	expect_refusal(-ENOTSUP, "32 ranges");
}
END_TEST

/* No events: a profile all the same. */
START_TEST(test_empty_log)
{
	struct digest *d;

	v1writer_save(&v1.w, v1.s.base);
	ck_assert_int_eq(digest_make(v1.s.base, NULL, &v1.s.listener), 0);
	ck_assert_int_eq(digest_open(v1.s.path, &d, NULL), 0);
	ck_assert_uint_eq(d->duration_ns, 0);
	ck_assert_str_eq(d->argv[0], "(Python heapprof 1.0 profile)");
	ck_assert_ptr_null(d->argv[1]);
	digest_close(d);
}
END_TEST

/* A loop on Linux with everything recorded, and the same with the way out. */
START_TEST(test_rate)
{
	for (int i = 0; i < 20000; i++) {
		v1writer_alloc(&v1.w, 3, 1, 56);
		v1writer_free(&v1.w, 2, 1, 56);
	}
	v1case_open();
	v1case_read(v1.text);
	v1case_report(0);
	ck_assert_int_eq(v1.s.said[HEAPPROF_WARNING], 1);
	v1case_expect_said("20000 allocations below 128 ");
	v1case_expect_said("--v1-scale=linux");
	v1case_open();
	reader_set_v1_scale(v1.r, "linux");
	v1case_read(v1.text);
	v1case_report(0);
	ck_assert_int_eq(v1.s.said[HEAPPROF_WARNING], 1);
}
END_TEST

/* As many events, but as far apart as sampling has them; the clock is set. */
START_TEST(test_rate_is_right)
{
	srand(1);
	for (int i = 0; i < 20000; i++) {
		double u = (rand() + 1.0) / (RAND_MAX + 2.0);

		v1writer_alloc(&v1.w, (int64_t)(-log(u) * 1000), 1, 56);
		if (i % 1000 == 0)
			v1writer_alloc(&v1.w, -5000000, 1, 56);
	}
	v1case_open();
	v1case_read(v1.text);
	v1case_report(0);
	ck_assert_int_eq(v1.s.said[HEAPPROF_WARNING], 0);
}
END_TEST

/* What a digest was made with is part of it. */
START_TEST(test_fresh)
{
	struct heapprof_digest_options plain = {.precision = -1};
	struct heapprof_digest_options linux_ = {.precision = -1,
						 .v1_scale = "linux"};
	int fd;

	v1case_put(10);
	v1writer_save(&v1.w, v1.s.base);
	ck_assert(!digest_is_fresh(v1.s.path, v1.s.base, NULL));
	ck_assert_int_eq(digest_make(v1.s.base, NULL, &v1.s.listener), 0);
	ck_assert(digest_is_fresh(v1.s.path, v1.s.base, NULL));
	ck_assert(digest_is_fresh(v1.s.path, v1.s.base, &plain));
	ck_assert(!digest_is_fresh(v1.s.path, v1.s.base, &linux_));
	plain.v1_scale = "declared";
	ck_assert(digest_is_fresh(v1.s.path, v1.s.base, &plain));
	ck_assert_int_eq(digest_make(v1.s.base, &linux_, &v1.s.listener), 0);
	ck_assert(digest_is_fresh(v1.s.path, v1.s.base, &linux_));
	ck_assert(!digest_is_fresh(v1.s.path, v1.s.base, &plain));
	v1case_put(1);
	v1writer_save(&v1.w, v1.s.base);
	ck_assert(!digest_is_fresh(v1.s.path, v1.s.base, NULL));
	/* A digest of version 1 never is. */
	fd = open(v1.s.path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, "\0\0\0\1", 4), 4);
	close(fd);
	ck_assert(!digest_is_fresh(v1.s.path, v1.s.base, NULL));
	linux_.v1_scale = "windows";
	ck_assert_int_eq(digest_make(v1.s.base, &linux_, &v1.s.listener),
			 -EINVAL);
	v1case_expect_said("declared, linux or double");
}
END_TEST

Suite *v1log_suite(void)
{
	Suite *suite = suite_create("v1log");
	TCase *cases = tcase_create("v1log");

	tcase_set_timeout(cases, 60);
	tcase_add_checked_fixture(cases, v1case_setup, v1case_teardown);
	tcase_add_test(cases, test_events);
	tcase_add_loop_test(cases, test_scale, 0, 4);
	tcase_add_test(cases, test_clock_back);
	tcase_add_test(cases, test_clock_far);
	tcase_add_test(cases, test_log_cut);
	tcase_add_test(cases, test_metadata_cut);
	tcase_add_test(cases, test_metadata_damaged);
	tcase_add_test(cases, test_refused);
	tcase_add_test(cases, test_empty_log);
	tcase_add_test(cases, test_rate);
	tcase_add_test(cases, test_rate_is_right);
	tcase_add_test(cases, test_fresh);
	suite_add_tcase(suite, cases);
	return suite;
}
