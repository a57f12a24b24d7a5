/* SPDX-License-Identifier: MIT */

/* The peak of logs of many lanes, against all events in order, one by one. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/hpc.h"
#include "profile/plan.h"
#include "profile/reader.h"

#include "lanelog.h"
#include "logwriter.h"
#include "scratch.h"
#include "unit.h"

static struct scratch s;
static struct logwriter w;

static void setup(void)
{
	scratch_init(&s);
	logwriter_init(&w);
}

static void teardown(void)
{
	logwriter_fini(&w);
	scratch_fini(&s);
}

/* What a plan says, found slowly. */
struct truth {
	uint64_t events, recorded, frees, last_ns;
	uint64_t part, event; /* of the peak */
	uint64_t nr_parts;
	int64_t live, peak;
	uint64_t peak_ns;
	unsigned equals; /* events after it that are as high */
};

static void add(struct truth *t, const struct reader_event *e, uint64_t event)
{
	t->events++;
	t->last_ns = e->time_ns;
	if (e->kind == HPD_RSS)
		return;
	t->recorded += e->kind == HPD_ALLOC;
	t->frees += e->kind != HPD_ALLOC;
	t->live += e->block->weight.bytes * (e->kind == HPD_ALLOC ? 1 : -1);
	if (t->live > t->peak) {
		t->peak = t->live;
		t->peak_ns = e->time_ns;
		t->part = t->nr_parts;
		t->event = event;
		t->equals = 0;
	} else {
		t->equals += t->live == t->peak;
	}
}

/* At most so many parts.  0 or -EBADMSG. */
static int walk(struct reader *r, uint64_t nr_parts, struct truth *t)
{
	struct reader_part *part;
	const struct reader_event *e;
	uint64_t position;
	int status = 0;
	size_t n;

	*t = (struct truth){0};
	ck_assert_int_eq(reader_part_open(r, &part), 0);
	reader_start(r);
	while (t->nr_parts < nr_parts &&
	       (status = reader_part_next(part, &position)) == 1) {
		uint64_t event = 0;

		while ((status = reader_part_read(part, &e, &n)) == 0 && n > 0)
			for (size_t i = 0; i < n; i++)
				add(t, &e[i], ++event);
		if (status)
			break;
		t->nr_parts++;
	}
	reader_part_close(part);
	return status;
}

static void find_truth(uint64_t nr_parts, struct truth *t,
		       struct reader_damage *d)
{
	struct reader *r;
	int status;

	ck_assert_int_eq(reader_open(s.base, NULL, &r), 0);
	status = walk(r, nr_parts, t);
	if (status == -EBADMSG)
		status = walk(r, nr_parts, t);
	ck_assert_int_eq(status, 0);
	*d = *reader_damage(r);
	reader_close(r);
}

static void expect_plan(const struct truth *t, const struct plan *p)
{
	ck_assert_uint_eq(p->events, t->events);
	ck_assert_uint_eq(p->recorded, t->recorded);
	ck_assert_uint_eq(p->frees, t->frees);
	ck_assert_uint_eq(p->nr_parts, t->nr_parts);
	ck_assert_uint_eq(p->last_ns, t->last_ns);
	ck_assert_int_eq(p->total.peak, t->peak);
	ck_assert_uint_eq(p->peak_part, t->part);
	ck_assert_uint_eq(p->peak_event, t->event);
	ck_assert_int_eq(p->peak_rise, 0);
}

/* Whatever the number of threads. */
static void compare(struct truth *t)
{
	struct reader_damage d;

	find_truth(UINT64_MAX, t, &d);
	for (unsigned jobs = 1; jobs <= 2; jobs++) {
		struct reader *r;
		struct plan p;

		ck_assert_int_eq(reader_open(s.base, NULL, &r), 0);
		ck_assert_int_eq(plan_make(r, jobs, NULL, &p), 0);
		expect_plan(t, &p);
		ck_assert(!p.stopped);
		ck_assert_mem_eq(&d, reader_damage(r), sizeof(d));
		reader_close(r);
	}
}

START_TEST(peaks_of_random_logs)
{
	unsigned nr_equal = 0, nr_inner = 0;
	struct truth t;

	for (uint64_t list = 1; list <= LANELOG_LISTS; list++) {
		lanelog_make(list, s.base);
		compare(&t);
		nr_equal += t.equals > 0;
		nr_inner += t.part > 0 && t.part + 1 < t.nr_parts;
	}
	ck_assert_uint_gt(nr_equal, LANELOG_LISTS / 8);
	ck_assert_uint_gt(nr_inner, LANELOG_LISTS / 8);
}
END_TEST

static void put(uint32_t lane, uint64_t tick, uint8_t kind, uint64_t size)
{
	struct hpd_event e = {.tick = tick,
			      .kind = kind,
			      .thread = 1 + lane,
			      .block = {.size = size, .thread = 1 + lane}};

	logwriter_event(&w, lane, &e);
}

static void rise_and_fall(uint32_t lane, uint64_t tick, uint64_t size)
{
	put(lane, tick, HPD_ALLOC, size);
	put(lane, tick + 1, HPD_FREE, size);
}

/* No more is live then; but it might be, were it not for the order. */
static void exchange(uint64_t tick, uint64_t size)
{
	put(1, tick, HPD_FREE, size);
	put(0, tick + 1, HPD_ALLOC, size);
}

#define BEATS 200
#define BEAT 1000 /* ticks */
#define BASE 100000

/* Two lanes that are in all parts of the log; @event is given each beat. */
static void make_log(void (*event)(unsigned beat, uint64_t tick))
{
	w.payload = HPD_EVENT_MAX + 8;
	for (unsigned i = 0; i < BEATS; i++) {
		rise_and_fall(0, i * BEAT, 10);
		rise_and_fall(1, i * BEAT + 10, 10);
		event(i, i * BEAT + BEAT / 2);
	}
	logwriter_save(&w, s.base);
}

static void peak_where_the_bound_is_lower(unsigned beat, uint64_t tick)
{
	if (beat == 0)
		put(0, tick, HPD_ALLOC, BASE);
	if (beat == 50)
		exchange(tick, 600);
	if (beat == 120)
		rise_and_fall(1, tick, 300);
}

/* The first time for a moment, the second for a while. */
static void peak_twice(unsigned beat, uint64_t tick)
{
	if (beat == 0)
		put(0, tick, HPD_ALLOC, BASE);
	if (beat == 50 || beat == 51)
		rise_and_fall(1, tick, 300);
	if (beat == 120)
		put(0, tick, HPD_ALLOC, 290);
	if (beat == 120 + 20)
		put(0, tick, HPD_FREE, 290);
}

static void ever_less(unsigned beat, uint64_t tick)
{
	if (beat == 0)
		put(0, tick, HPD_ALLOC, BASE);
	else if (beat % 2)
		exchange(tick, 600);
	else
		put(1, tick, HPD_FREE, 20);
}

static void never_much(unsigned beat, uint64_t tick)
{
	put(beat % 2, tick, beat % 4 ? HPD_FREE : HPD_ALLOC, 0);
}

static const struct {
	void (*event)(unsigned beat, uint64_t tick);
	int64_t peak; /* bytes */
	unsigned beat;
	bool again; /* is as high later */
} logs[] = {
	{peak_where_the_bound_is_lower, BASE + 300, 120, false},
	{peak_twice, BASE + 300, 50, true},
	{ever_less, BASE + 10, 1, true},
	{never_much, 10, 0, true},
};

START_TEST(peaks_of_logs)
{
	struct truth t;

	make_log(logs[_i].event);
	compare(&t);
	ck_assert_uint_ge(t.nr_parts, 10);
	ck_assert_int_eq(t.peak, logs[_i].peak * HPC_BYTE);
	ck_assert_uint_eq(t.peak_ns / BEAT, logs[_i].beat);
	ck_assert_int_eq(t.equals > 0, logs[_i].again);
}
END_TEST

static void early_peak(unsigned beat, uint64_t tick)
{
	if (beat == 0)
		put(0, tick, HPD_ALLOC, BASE);
	if (beat == 1)
		put(1, tick, HPD_FREE, BASE);
}

/* What is damaged is told, also where nobody had to look for the peak. */
START_TEST(stopped_in_a_damaged_log)
{
	struct reader_damage d;
	struct block_header *h;
	unsigned nr_damaged = 0;

	make_log(early_peak);
	for (uint64_t slot = 5; slot < w.log_slots; slot += 20) {
		h = (struct block_header *)(w.log + slot * BLOCK_SIZE);
		memset(h + 1, 0, h->used);
		block_seal(h);
	}
	logwriter_save(&w, s.base);
	for (int after = 1; after < 10; after++) {
		struct truth t;
		struct reader *r;
		struct plan p;

		s.stop_after = after;
		ck_assert_int_eq(reader_open(s.base, NULL, &r), 0);
		ck_assert_int_eq(plan_make(r, 1, &s.listener, &p), 0);
		ck_assert(p.stopped);
		find_truth(p.nr_parts, &t, &d);
		expect_plan(&t, &p);
		nr_damaged += d.blocks > 0;
		ck_assert_mem_eq(&d, reader_damage(r), sizeof(d));
		reader_close(r);
	}
	ck_assert_uint_gt(nr_damaged, 5);
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *t = tcase_create("plan");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, peaks_of_random_logs);
	tcase_add_loop_test(t, peaks_of_logs, 0, ARRAY_SIZE(logs));
	tcase_add_test(t, stopped_in_a_damaged_log);
	suite_add_tcase(suite, t);
	return suite;
}
