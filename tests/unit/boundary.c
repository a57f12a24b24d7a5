/* SPDX-License-Identifier: MIT */

/*
 * Sizes at which something changes, from the log to the digest: bounds of the
 * rates, of 31, 32 and 63 bits, none, and probabilities 0 and 1.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/digest.h"

#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

#define TWICE 2 /* allocations of each size; one is freed */

/* A digest does not count more of a block than this: no system has it. */
#define SIZE_LIMIT ((uint64_t)1 << 56)

static const uint64_t sizes[] = {
	0,
	1,
	127,
	128,
	8191,
	8192,
	((uint64_t)1 << 31) - 1,
	(uint64_t)1 << 31,
	((uint64_t)1 << 32) + 16,
	(uint64_t)1 << 47, /* all that a process can have */
};

/* What is no size of a block, but may well stand in a file. */
static const uint64_t made_up[] = {
	((uint64_t)1 << 63) - 1,
	(uint64_t)1 << 63,
	UINT64_MAX,
};

static const struct {
	struct hpm_header header;
	double p[ARRAY_SIZE(sizes)]; /* 0: 1-exp(-size/interval) */
} samplings[] = {
	{{.nr_ranges = 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{{.interval = 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{{.nr_ranges = 2, .range = {{128, 1e-4}, {8192, 0.1}}},
	 {1e-4, 1e-4, 1e-4, 0.1, 0.1, 1, 1, 1, 1, 1}},
	{{.nr_ranges = 2, .range = {{128, 1}, {8192, 0.5}}},
	 {1, 1, 1, 0.5, 0.5, 1, 1, 1, 1, 1}},
	{{.nr_ranges = 2,
	  .range = {{(uint64_t)1 << 31, 0.25}, {(uint64_t)1 << 32, 0.5}}},
	 {0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.5, 1, 1}},
	/* Never, and there all the same: it stands for itself. */
	{{.nr_ranges = 1, .range = {{8192, 0}}},
	 {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{{.interval = (uint64_t)1 << 31}, {0}},
};

static struct scratch s;

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

/* Each size has a stack of its own: node 1 the first, and so on. */
static struct digest *digest_of(const struct hpm_header *h,
				const uint64_t *list, size_t n, unsigned times)
{
	struct heapprof_digest_options o = {.no_symbols = true};
	struct logwriter w;
	struct digest *d;

	logwriter_init(&w);
	w.header.interval = h->interval;
	w.header.nr_ranges = h->nr_ranges;
	memcpy(w.header.range, h->range, sizeof(h->range));
	logwriter_thread(&w, 7, "main");
	for (size_t i = 0; i < n; i++) {
		struct hpd_event e = {
			.tick = 2 * i, .kind = HPD_ALLOC, .thread = 1};

		e.block = (struct hpd_block){
			.size = list[i],
			.thread = 1,
			.trace = logwriter_node(&w, 0, 0x1000 + i, 0)};
		for (unsigned k = 0; k < times; k++, e.tick++)
			logwriter_event(&w, 0, &e);
		e.kind = HPD_FREE;
		e.age = 1;
		logwriter_event(&w, 0, &e);
	}
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	ck_assert_msg(digest_make(s.base, &o, &s.listener) == 0, "%s", s.text);
	ck_assert_int_eq(digest_open(s.path, &d, &s.listener), 0);
	ck_assert_uint_eq(d->recorded, times * n);
	ck_assert_uint_eq(d->nr_traces, n + 1);
	return d;
}

static bool near(double a, long double b)
{
	/* Bytes are kept in 1/64, counts in 1/65536. */
	return fabsl(a - b) <= 1e-15L * fabsl(b) + 1.0L / 64;
}

static double probability(size_t sampling, size_t size)
{
	double p = samplings[sampling].p[size];
	double n = sizes[size] > 0 ? (double)sizes[size] : 1;

	if (p > 0)
		return p;
	return -expm1(-n / (double)samplings[sampling].header.interval);
}

START_TEST(sizes_count_what_they_should)
{
	struct digest *d = digest_of(&samplings[_i].header, sizes,
				     ARRAY_SIZE(sizes), TWICE);
	const struct digest_instant *end = &d->instants[d->nr_instants - 1];
	long double all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const struct digest_trace *t = &d->traces[i + 1];
		struct digest_run run = digest_run(d, (uint32_t)i + 1);
		double p = probability((size_t)_i, i);
		long double n = sizes[i], v = (1 - (long double)p) / p / p;

		ck_assert_uint_eq(t->node, i + 1);
		ck_assert_msg(near(t->allocated.bytes, TWICE * n / p), "%zu",
			      i);
		ck_assert(near(t->allocated.count, TWICE / (long double)p));
		ck_assert(near(t->allocated.bytes_var, TWICE * n * n * v));
		ck_assert(near(t->allocated.count_var, TWICE * v));
		ck_assert_double_eq(run.freed.bytes * 2, t->allocated.bytes);
		ck_assert_double_eq(run.peak.bytes, t->allocated.bytes);
		ck_assert(p < 1 || t->allocated.bytes_var == 0);
		ck_assert(p < 1 || t->allocated.bytes == (double)(TWICE * n));
		all += n / p;
	}
	ck_assert(near(end->live.bytes, all));
	ck_assert_double_eq(end->allocated.bytes, 2 * end->live.bytes);
	digest_close(d);
}
END_TEST

/* Counted as much as a sum can hold, and gone when it is freed. */
START_TEST(sizes_that_cannot_be)
{
	for (size_t i = 0; i < ARRAY_SIZE(made_up); i++) {
		struct digest *d =
			digest_of(&samplings[0].header, &made_up[i], 1, 1);
		const struct digest_instant *end =
			&d->instants[d->nr_instants - 1];

		ck_assert_double_eq(d->instants[d->peak].live.bytes,
				    (double)SIZE_LIMIT);
		ck_assert_double_eq(end->allocated.bytes, (double)SIZE_LIMIT);
		ck_assert_double_eq(end->allocated.count, 1);
		ck_assert_double_eq(end->live.bytes, 0);
		ck_assert_double_eq(end->live.bytes_var, 0);
		ck_assert_uint_eq(d->seen_bytes, made_up[i]);
		digest_close(d);
	}
}
END_TEST

Suite *boundary_suite(void)
{
	Suite *suite = suite_create("boundary");
	TCase *t = tcase_create("boundary");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, sizes_count_what_they_should, 0,
			    ARRAY_SIZE(samplings));
	tcase_add_test(t, sizes_that_cannot_be);
	suite_add_tcase(suite, t);
	return suite;
}
