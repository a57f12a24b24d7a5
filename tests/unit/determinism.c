/* SPDX-License-Identifier: MIT */

/*
 * One log, one digest: the same bytes however often, with however many threads,
 * and with the blocks of the files in any order; and the same totals with any
 * precision.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/digest.h"

#include "draw.h"
#include "model.h"
#include "scratch.h"
#include "unit.h"

#define LISTS 200

static struct scratch s;
static struct model m;

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

struct content {
	uint8_t *p;
	size_t n;
};

static struct content load(const char *path)
{
	FILE *in = fopen(path, "re");
	struct content c = {0};

	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fseek(in, 0, SEEK_END), 0);
	c.n = (size_t)ftell(in);
	rewind(in);
	c.p = malloc(c.n);
	ck_assert_uint_eq(fread(c.p, 1, c.n, in), c.n);
	fclose(in);
	return c;
}

static void save(const char *path, const struct content *c)
{
	FILE *out = fopen(path, "we");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(c->p, 1, c->n, out), c->n);
	ck_assert_int_eq(fclose(out), 0);
}

static void make(double precision, unsigned jobs)
{
	struct heapprof_digest_options o = {
		.precision = precision, .no_symbols = true, .jobs = jobs};

	o.interval_s = (double)(m.interval << m.header.tick_shift) * 1e-9;
	ck_assert_msg(digest_make(s.base, &o, &s.listener) == 0, "%s", s.text);
}

static struct content make_and_load(unsigned jobs)
{
	make(m.precision, jobs);
	return load(s.path);
}

static void expect_same(const struct content *a, const struct content *b,
			uint64_t list)
{
	ck_assert_uint_eq(a->n, b->n);
	ck_assert_msg(memcmp(a->p, b->p, a->n) == 0, "list %d", (int)list);
}

START_TEST(again_and_with_more_threads)
{
	for (uint64_t list = 1; list <= LISTS; list++) {
		struct content first;

		model_make(&m, list, s.base);
		first = make_and_load(1);
		for (unsigned jobs = 0; jobs <= 4; jobs++) {
			struct content next = make_and_load(jobs);

			expect_same(&first, &next, list);
			free(next.p);
		}
		free(first.p);
	}
}
END_TEST

static uint64_t state = 88172645463325252u;

static size_t draw(size_t n)
{
	return (size_t)draw_below(&state, n);
}

static const struct block_header *block(const struct content *c, size_t slot)
{
	return (const struct block_header *)(c->p + slot * BLOCK_SIZE);
}

/*
 * Slots from @first on in any order that has those of a lane as they were; what
 * is in no lane is all of one.  How many have moved.
 */
static size_t shuffle(struct content *c, size_t first)
{
	size_t nr = c->n / BLOCK_SIZE, left = nr - first, moved = 0;
	uint8_t *to = malloc(c->n);
	bool *taken = calloc(nr, sizeof(*taken));

	memcpy(to, c->p, first * BLOCK_SIZE);
	for (size_t i = first; i < nr; i++, left--) {
		size_t pick = draw(left), k = first, lane;

		for (; taken[k] || pick > 0; k++)
			pick -= !taken[k];
		/* The first one left of that lane. */
		lane = block(c, k)->lane;
		for (k = first; taken[k] || block(c, k)->lane != lane; k++)
			;
		taken[k] = true;
		moved += i != k;
		memcpy(to + i * BLOCK_SIZE, c->p + k * BLOCK_SIZE, BLOCK_SIZE);
	}
	free(taken);
	free(c->p);
	c->p = to;
	return moved;
}

START_TEST(blocks_of_the_log_in_any_order)
{
	char path[120];
	size_t moved = 0;

	snprintf(path, sizeof(path), "%s.hpd", s.base);
	for (uint64_t list = 1; list <= LISTS; list++) {
		struct content log, first, next;

		model_make(&m, list, s.base);
		first = make_and_load(1);
		log = load(path);
		for (int i = 0; i < 5; i++) {
			moved += shuffle(&log, 1);
			save(path, &log);
			next = make_and_load(1);
			expect_same(&first, &next, list);
			free(next.p);
		}
		free(log.p);
		free(first.p);
	}
	ck_assert_uint_gt(moved, 1000);
}
END_TEST

/* Nodes, threads and marks: the header and the state have their places. */
START_TEST(blocks_of_metadata_in_any_order)
{
	char path[120];
	struct content meta, first, next;
	size_t nr;

	snprintf(path, sizeof(path), "%s.hpm", s.base);
	do
		model_make(&m, 1 + draw(LISTS), s.base);
	while (m.nr_marks == 0);
	first = make_and_load(1);
	meta = load(path);
	nr = meta.n / BLOCK_SIZE;
	ck_assert_uint_ge(nr, 5);
	for (int i = 0; i < 20; i++) {
		uint8_t bytes[BLOCK_SIZE];
		uint8_t *a = meta.p + (2 + draw(nr - 2)) * BLOCK_SIZE;
		uint8_t *b = meta.p + (2 + draw(nr - 2)) * BLOCK_SIZE;

		memcpy(bytes, a, BLOCK_SIZE);
		memmove(a, b, BLOCK_SIZE);
		memcpy(b, bytes, BLOCK_SIZE);
		save(path, &meta);
		next = make_and_load(1);
		expect_same(&first, &next, 0);
		free(next.p);
	}
	free(meta.p);
	free(first.p);
}
END_TEST

static struct digest *make_and_open(double precision)
{
	struct digest *d;

	make(precision, 0);
	ck_assert_int_eq(digest_open(s.path, &d, &s.listener), 0);
	return d;
}

static void expect_same_sum(const struct sum *a, const struct sum *b)
{
	ck_assert_double_eq(a->bytes, b->bytes);
	ck_assert_double_eq(a->count, b->count);
	ck_assert_double_eq(a->bytes_var, b->bytes_var);
	ck_assert_double_eq(a->count_var, b->count_var);
}

/* Live bytes in the snapshot; whole in 1/64 byte, so a double has them. */
static double add_up(const struct digest *d, size_t index)
{
	struct digest_usage *usage;
	double sum = 0;
	size_t n;

	ck_assert_int_eq(digest_snapshot(d, index, &usage, &n), 0);
	for (size_t i = 0; i < n; i++)
		sum += usage[i].live.bytes;
	free(usage);
	return sum;
}

static void compare(const struct digest *a, const struct digest *b)
{
	ck_assert_uint_eq(a->nr_instants, b->nr_instants);
	ck_assert_uint_eq(a->peak, b->peak);
	ck_assert_double_eq(a->peak_rise, b->peak_rise);
	for (size_t i = 0; i < a->nr_instants; i++) {
		const struct digest_instant *x = &a->instants[i];
		const struct digest_instant *y = &b->instants[i];

		expect_same_sum(&x->live, &y->live);
		expect_same_sum(&x->max_live, &y->max_live);
		expect_same_sum(&x->allocated, &y->allocated);
		expect_same_sum(&x->freed, &y->freed);
		ck_assert_double_eq(add_up(a, i), x->live.bytes);
		ck_assert_double_eq(add_up(b, i), x->live.bytes);
	}
	ck_assert_uint_eq(a->nr_traces, b->nr_traces);
	for (uint32_t i = 0; i < a->nr_traces; i++) {
		struct digest_run x = digest_run(a, i), y = digest_run(b, i);

		expect_same_sum(&a->traces[i].allocated,
				&b->traces[i].allocated);
		expect_same_sum(&x.peak, &y.peak);
	}
}

START_TEST(totals_with_any_precision)
{
	static const double precisions[] = {1e-6, 0.01, 0.2, 1};

	for (uint64_t list = 1; list <= LISTS; list++) {
		struct digest *exact, *folded;

		model_make(&m, list, s.base);
		exact = make_and_open(0);
		for (size_t i = 0; i < ARRAY_SIZE(precisions); i++) {
			folded = make_and_open(precisions[i]);
			compare(exact, folded);
			digest_close(folded);
		}
		digest_close(exact);
	}
}
END_TEST

Suite *determinism_suite(void)
{
	Suite *suite = suite_create("determinism");
	TCase *t = tcase_create("determinism");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, again_and_with_more_threads);
	tcase_add_test(t, blocks_of_the_log_in_any_order);
	tcase_add_test(t, blocks_of_metadata_in_any_order);
	tcase_add_test(t, totals_with_any_precision);
	suite_add_tcase(suite, t);
	return suite;
}
