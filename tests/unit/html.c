/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "render/html_choice.h"
#include "render/html_split.h"
#include "render/html_stacks.h"
#include "render/html_tracks.h"

#include "unit.h"

#define INSTANTS 3000u
#define TRACES 30000u

/* A history too large for a page. */
struct large {
	struct history history; /* first: next() gets this */
	struct history_instant instants[INSTANTS];
	struct history_trace traces[TRACES];
	struct history_usage usage;
	size_t at;
};

/* One trace at a time, which allocates a block of 10 bytes for a moment. */
static int next(struct history *history, const struct history_usage **usage,
		size_t *n)
{
	struct large *l = (struct large *)history;

	if (l->at == history->nr_instants)
		return 0;
	l->usage = (struct history_usage){
		.trace = 1 + (uint32_t)l->at % 3,
		.live = {.bytes = 10, .count = 1},
		.allocated = {.bytes = 10, .count = 1},
	};
	*usage = &l->usage;
	*n = 1;
	l->at++;
	return 1;
}

static struct large *make_large(void)
{
	struct large *l = calloc(1, sizeof(*l));

	ck_assert_ptr_nonnull(l);
	for (size_t i = 0; i < INSTANTS; i++)
		l->instants[i].time_ns = i;
	for (size_t i = 1; i < TRACES; i++)
		l->traces[i].peak.bytes = (double)(i * 7919 % TRACES);
	l->instants[1234].live.bytes = 1e6;
	l->history = (struct history){
		.next = next,
		.instants = l->instants,
		.nr_instants = INSTANTS,
		.traces = l->traces,
		.nr_traces = TRACES,
		.peak = 1234,
		.at = 777,
		.held = 778,
	};
	return l;
}

START_TEST(too_many_instants)
{
	struct large *l = make_large();
	struct html_choice c;
	size_t nr = 0;

	l->instants[2222].marked = true;
	ck_assert_int_eq(html_choice_make(&l->history, &c), 0);
	ck_assert(c.instants[0] && c.instants[INSTANTS - 1]);
	ck_assert(c.instants[1234] && c.instants[2222]);
	ck_assert(c.instants[777] && c.instants[778]);
	for (size_t i = 0; i < INSTANTS; i++)
		nr += c.instants[i];
	ck_assert_uint_eq(nr, c.nr_instants);
	ck_assert_uint_ge(nr, 400);
	ck_assert_uint_le(nr, 405);
	html_choice_fini(&c);

	/* However many marks there are. */
	for (size_t i = 0; i < INSTANTS; i++)
		l->instants[i].marked = true;
	ck_assert_int_eq(html_choice_make(&l->history, &c), 0);
	ck_assert_uint_le(c.nr_instants, 804);
	html_choice_fini(&c);
	free(l);
}
END_TEST

START_TEST(heaviest_traces)
{
	struct large *l = make_large();
	struct html_choice c;
	double least = INFINITY;

	l->traces[42].hidden = true;
	ck_assert_int_eq(html_choice_make(&l->history, &c), 0);
	ck_assert_uint_eq(c.nr_hidden, 1);
	ck_assert_uint_lt(c.nr_traces, TRACES - 2);
	ck_assert_uint_gt(c.nr_traces, 5000);
	for (size_t i = 0; i < c.nr_traces; i++) {
		double weight = l->traces[c.traces[i]].peak.bytes;

		ck_assert_uint_ne(c.traces[i], 42);
		ck_assert_double_le(weight, least);
		least = weight;
	}
	html_choice_fini(&c);
	free(l);
}
END_TEST

/* What happened in snapshots that are left out is part of the next one. */
START_TEST(nothing_is_lost_between_snapshots)
{
	/* Trace 1 has a block at once; that is gone in the second snapshot, by
	   when there was another one; in the third one more, likewise. */
	static const char first[] = "\0\1\12\1"
				    "\0\5\12\1\0\0"
				    "\0\5\12\1\0\0";
	/* Trace 3 has nothing at first, one block by the second snapshot, and
	   is live in the third with one of two more. */
	static const char third[] = "\1\5\12\1\0\0"
				    "\0\5\24\2\12\1";
	struct large *l = make_large();
	struct html_choice c = {0};
	struct html_tracks t;
	uint32_t chosen[] = {1, 3};

	l->history.nr_instants = 9;
	c.instants = calloc(9, sizeof(*c.instants));
	c.instants[0] = c.instants[4] = c.instants[8] = true;
	c.nr_instants = 3;
	c.traces = chosen;
	c.nr_traces = 2;
	ck_assert_int_eq(html_tracks_fill(&l->history, &c, &t), 0);
	ck_assert_uint_eq(t.nr, 2);
	ck_assert_uint_eq(t.count_scale, 1);
	ck_assert_uint_eq(t.of[0].nr_changes, 3);
	ck_assert_uint_eq(t.of[0].bytes.n, sizeof(first) - 1);
	ck_assert_mem_eq(t.of[0].bytes.p, first, sizeof(first) - 1);
	ck_assert_uint_eq(t.of[1].nr_changes, 2);
	ck_assert_uint_eq(t.of[1].bytes.n, sizeof(third) - 1);
	ck_assert_mem_eq(t.of[1].bytes.p, third, sizeof(third) - 1);
	html_tracks_fini(&t);
	free(c.instants);
	free(l);
}
END_TEST

START_TEST(fractions_of_counts)
{
	struct large *l = make_large();
	struct html_choice c;
	struct html_tracks t;
	struct sum s = {.bytes = 99.6, .count = 1.25, .bytes_var = 4};

	l->traces[7].allocated.count = 0.5;
	ck_assert_int_eq(html_choice_make(&l->history, &c), 0);
	ck_assert_int_eq(html_tracks_fill(&l->history, &c, &t), 0);
	ck_assert_uint_gt(t.count_scale, 1);
	ck_assert_int_eq(html_tracks_figures(&t, &s).bytes, 100);
	ck_assert_int_eq(html_tracks_figures(&t, &s).count,
			 t.count_scale * 5 / 4);
	/* 4.0f is 0x40800000. */
	ck_assert_uint_eq(html_tracks_figures(&t, &s).bytes_var,
			  0x40800000u >> 11);
	ck_assert_uint_eq(html_tracks_figures(&t, &s).count_var, 0);
	html_tracks_fini(&t);
	html_choice_fini(&c);
	free(l);
}
END_TEST

struct logged {
	struct history history; /* first: next_event() gets this */
	size_t at;
};

/* Of trace 1, a block of thread 0 that goes later, and one of thread 1. */
static int next_event(struct history *history, struct history_event *event)
{
	static const struct history_event events[] = {
		{.instant = 0, .trace = 1, .bytes = 10, .count = 1},
		{.instant = 1, .trace = 2, .bytes = 5, .count = 1},
		{.instant = 1,
		 .trace = 1,
		 .thread = 1,
		 .bytes = 20,
		 .count = 1},
		{.instant = 2,
		 .trace = 1,
		 .free = true,
		 .bytes = 10,
		 .count = 1},
	};
	struct logged *l = (struct logged *)history;

	if (l->at == ARRAY_SIZE(events))
		return 0;
	*event = events[l->at++];
	return 1;
}

START_TEST(threads_have_their_own_changes)
{
	static const char expected[] = "\2"
				       "\0\2\0\1\12\1\1\2\12\1"
				       "\1\1\1\1\24\1";
	struct history_instant instants[] = {{0}, {0}, {.live.bytes = 25}};
	bool shown[] = {true, true, true};
	uint32_t rank[] = {0, 1, 0};
	struct html_choice c = {.instants = shown, .nr_instants = 3};
	struct html_tracks t = {.rank = rank, .count_scale = 1};
	struct logged l = {.history = {.next_event = next_event,
				       .instants = instants,
				       .nr_instants = 3,
				       .nr_threads = 2}};
	struct bytes out = {0};
	struct html_split s;

	ck_assert_int_eq(html_split_fill(&l.history, &c, &t, &s), 0);
	ck_assert(s.any);
	ck_assert_int_eq(html_split_put(&s, 1, &out), 3);
	ck_assert_uint_eq(out.n, sizeof(expected) - 1);
	ck_assert_mem_eq(out.p, expected, sizeof(expected) - 1);
	html_split_fini(&s);
	bytes_fini(&out);

	/* A log that the digest is not of. */
	l.at = 0;
	instants[2].live.bytes = 26;
	ck_assert_int_eq(html_split_fill(&l.history, &c, &t, &s), 0);
	ck_assert(!s.any);
	html_split_fini(&s);
	l.history.nr_threads = 1;
	ck_assert_int_eq(html_split_fill(&l.history, &c, &t, &s), 0);
	ck_assert(!s.any);
	html_split_fini(&s);
}
END_TEST

/* Of the second stack only what the first has not is written. */
START_TEST(stacks_share_their_callers)
{
	static const struct history_frame frames[] = {
		{.place = {.function = "main", .file = "m.c", .line = 1},
		 .group = {1, 1, 1}},
		{.place = {.function = "f", .module = "/lib/f.so"},
		 .group = {2, 2, 2}},
		{.place = {.function = "f", .module = "/lib/f.so", .line = 9},
		 .group = {2, 3, 2}},
	};
	static const uint32_t one[] = {1, 0}, two[] = {2, 0};
	static const struct history_trace traces[] = {
		{.frames = one, .nr_frames = 2},
		{.frames = two, .nr_frames = 2, .site = 1},
	};
	const struct history h = {.frames = frames,
				  .nr_frames = ARRAY_SIZE(frames),
				  .nr_groups = {3, 4, 3}};
	static const char first[] = "\0\2"
				    "\0\0\0\1\4main\1\0\2\3m.c\1"
				    "\2\1\0\3\1f\3\4\11/lib/f.so\0\0"
				    "\0";
	static const char second[] = "\1\1"
				     "\4\1\0\11"
				     "\1";
	struct html_stacks s;

	ck_assert_int_eq(html_stacks_init(&s, &h), 0);
	ck_assert_int_eq(html_stacks_put(&s, &traces[0]), 0);
	ck_assert_uint_eq(s.out.n, sizeof(first) - 1);
	ck_assert_mem_eq(s.out.p, first, sizeof(first) - 1);
	s.out.n = 0;
	ck_assert_int_eq(html_stacks_put(&s, &traces[1]), 0);
	ck_assert_uint_eq(s.out.n, sizeof(second) - 1);
	ck_assert_mem_eq(s.out.p, second, sizeof(second) - 1);
	ck_assert_uint_eq(s.nodes.nr, 3);
	html_stacks_fini(&s);
}
END_TEST

Suite *html_suite(void)
{
	Suite *s = suite_create("html");
	TCase *t = tcase_create("html");

	tcase_add_test(t, too_many_instants);
	tcase_add_test(t, heaviest_traces);
	tcase_add_test(t, nothing_is_lost_between_snapshots);
	tcase_add_test(t, fractions_of_counts);
	tcase_add_test(t, threads_have_their_own_changes);
	tcase_add_test(t, stacks_share_their_callers);
	suite_add_tcase(s, t);
	return s;
}
