/* SPDX-License-Identifier: MIT */

/* Parts of a log that are added up, against the same parts read in order. */

#include <errno.h>
#include <stdlib.h>

#include "profile/reader.h"

#include "lanelog.h"
#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;

static void setup(void)
{
	scratch_init(&s);
}

static void teardown(void)
{
	scratch_fini(&s);
}

static void add(struct reader_sums *sums, const struct reader_event *e)
{
	int sign = e->kind == HPD_ALLOC ? 1 : -1;

	sums->events++;
	sums->last_ns = e->time_ns;
	if (e->kind == HPD_RSS)
		return;
	sums->recorded += e->kind == HPD_ALLOC;
	sums->frees += e->kind != HPD_ALLOC;
	sums->live += (uint64_t)(sign * e->block->weight.bytes);
	if ((int64_t)sums->live > sums->reached) {
		sums->reached = (int64_t)sums->live;
		sums->top = sums->events;
	}
}

static int read_in_order(struct reader_part *part, struct reader_sums *out)
{
	const struct reader_event *e;
	int status;
	size_t n;

	while ((status = reader_part_read(part, &e, &n)) == 0 && n > 0)
		for (size_t i = 0; i < n; i++)
			add(out, &e[i]);
	return status;
}

#define PARTS 600

/* One way or the other; the number of parts, or -EBADMSG. */
static int read_parts(struct reader *r, bool in_order,
		      struct reader_sums *parts)
{
	struct reader_part *part;
	uint64_t position;
	int status, n = 0;

	ck_assert_int_eq(reader_part_open(r, &part), 0);
	reader_start(r);
	while ((status = reader_part_next(part, &position)) == 1) {
		struct reader_sums *sums = &parts[n++];

		ck_assert_int_le(n, PARTS);
		*sums = (struct reader_sums){0};
		status = in_order ? read_in_order(part, sums)
				  : reader_part_sums(part, sums);
		if (status < 0)
			break;
	}
	reader_part_close(part);
	if (status == 0)
		reader_end(r);
	return status ? status : n;
}

/* Reads it carefully if it has to be. */
static int read_log(bool in_order, struct reader_sums *parts,
		    struct reader_damage *d)
{
	struct reader *r;
	int n;

	if (reader_open(s.base, NULL, &r) != 0)
		return 0;
	ck_assert(reader_has_sums(r));
	n = read_parts(r, in_order, parts);
	if (n == -EBADMSG)
		n = read_parts(r, in_order, parts);
	ck_assert_int_ge(n, 0);
	*d = *reader_damage(r);
	reader_close(r);
	return n;
}

/* @a in order, @b without. */
static void expect_same(const struct reader_sums *a,
			const struct reader_sums *b)
{
	ck_assert_uint_eq(a->events, b->events);
	ck_assert_uint_eq(a->recorded, b->recorded);
	ck_assert_uint_eq(a->frees, b->frees);
	ck_assert_uint_eq(a->last_ns, b->last_ns);
	ck_assert_uint_eq(a->live, b->live);
	ck_assert_int_ge(b->reached, 0);
	ck_assert_int_le(b->reached, a->reached);
	ck_assert_int_le(a->reached, b->bound);
	ck_assert_int_le((int64_t)b->live, b->reached);
	if (b->top_known) {
		ck_assert_int_eq(a->reached, b->reached);
		ck_assert_int_eq(a->reached, b->bound);
	}
	ck_assert_uint_eq(b->top, b->top_known ? a->top : 0);
}

/* Parts of all lists; those of one lane; those whose bound says something. */
static size_t nr, nr_known, nr_tight;

static void compare(void)
{
	static struct reader_sums ordered[PARTS], added[PARTS];
	struct reader_damage a = {0}, b = {0};
	int n = read_log(true, ordered, &a);

	ck_assert_int_eq(read_log(false, added, &b), n);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	for (int i = 0; i < n; i++, nr++) {
		expect_same(&ordered[i], &added[i]);
		nr_known += added[i].top_known;
		nr_tight += !added[i].top_known &&
			    added[i].bound < 2 * ordered[i].reached;
	}
}

START_TEST(sums_are_those_of_the_events_in_order)
{
	for (uint64_t list = 1; list <= LANELOG_LISTS; list++) {
		lanelog_make(list, s.base);
		compare();
	}
	ck_assert_uint_gt(nr_known, nr / 5);
	ck_assert_uint_gt(nr_tight, nr / 2);
}
END_TEST

static void put(struct logwriter *w, uint32_t lane, uint64_t tick, uint8_t kind,
		uint64_t size)
{
	struct hpd_event e = {.tick = tick,
			      .kind = kind,
			      .thread = 1 + lane,
			      .block = {.size = size, .thread = 1 + lane}};

	logwriter_event(w, lane, &e);
}

/*
 * After an empty block of tick 100: by the time in the file, both allocations
 * would be live.
 */
START_TEST(moved_events_are_live_from_there_on)
{
	struct block_header *empty;
	struct logwriter w;

	logwriter_init(&w);
	w.payload = HPD_EVENT_MAX;
	put(&w, 0, 0, HPD_ALLOC, 0);
	put(&w, 0, 5, HPD_ALLOC, 1000);
	put(&w, 1, 3, HPD_ALLOC, 1000);
	put(&w, 1, 50, HPD_FREE, 1000);
	for (uint64_t i = 0; i < 100; i++)
		put(&w, 2, 1000 + i, HPD_ALLOC, 0);
	put(&w, 0, 2000, HPD_ALLOC, 0);
	empty = (struct block_header *)(w.log + BLOCK_SIZE);
	empty->first = 100;
	empty->used = 0;
	block_seal(empty);
	logwriter_save(&w, s.base);
	logwriter_fini(&w);
	compare();
	ck_assert_uint_gt(nr, 0);
}
END_TEST

Suite *windows_suite(void)
{
	Suite *suite = suite_create("windows");
	TCase *t = tcase_create("windows");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, sums_are_those_of_the_events_in_order);
	tcase_add_test(t, moved_events_are_live_from_there_on);
	suite_add_tcase(suite, t);
	return suite;
}
