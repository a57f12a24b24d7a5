/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"
#include "list.h"

#include "html_split.h"

/*
 * Events come in order of time, so that a pair has one change under way: what
 * it did since the last snapshot before.  That is written when an event comes
 * that belongs to a later one, and at the end.
 */

#define MOST_EVENTS 3000000u

struct pair {
	uint32_t rank;
	uint32_t thread;
};

/* The first instant shown, counted from 1, that is not before each. */
static int number_instants(const struct history *h,
			   const struct html_choice *choice,
			   struct html_split *s)
{
	size_t at = choice->nr_instants;

	s->shown = calloc(h->nr_instants + 1, sizeof(*s->shown));
	if (!s->shown)
		return -ENOMEM;
	for (size_t i = h->nr_instants; i-- > 0;) {
		s->shown[i] = at;
		at -= i && choice->instants[i - 1] ? 1 : 0;
	}
	return 0;
}

static struct html_track *find_track(struct html_split *s, struct pair pair)
{
	uint32_t number, known = s->pairs.nr;
	struct html_track *of;

	if (intern_add(&s->pairs, &pair, sizeof(pair), &number))
		return NULL;
	if (number < known)
		return &s->of[number];
	of = list_grow(s->of, number, &s->room, sizeof(*of));
	if (!of)
		return NULL;
	s->of = of;
	of[number] = (struct html_track){0};
	return &of[number];
}

static void add_event(struct html_track *t, const struct history_event *e)
{
	double sign = e->free ? -1 : 1, miss = e->count - 1;
	struct sum is = {
		.bytes = e->bytes,
		.count = e->count,
		.bytes_var =
			(double)e->size * (double)e->size * e->count * miss,
		.count_var = e->count * miss,
	};

	sum_add(e->free ? &t->freed : &t->allocated, &is);
	t->now.bytes += sign * is.bytes;
	t->now.count += sign * is.count;
	t->now.bytes_var = MAX(t->now.bytes_var + sign * is.bytes_var, 0.0);
	t->now.count_var = MAX(t->now.count_var + sign * is.count_var, 0.0);
}

/* @t->seen is the snapshot of the change under way. */
static void finish_change(const struct html_tracks *tracks,
			  struct html_track *t)
{
	if (t->seen)
		html_tracks_change(tracks, t, t->seen);
}

/* A log that has changed since it was digested does not. */
static bool adds_up(const struct history *h, double live)
{
	double wanted = h->instants[h->nr_instants - 1].live.bytes;

	return fabs(live - wanted) <= 1e-9 * MAX(fabs(wanted), 1.0);
}

static int pull(struct history *h, const struct html_tracks *tracks,
		struct html_split *s)
{
	struct history_event e;
	double live = 0;
	int more;

	while ((more = h->next_event(h, &e)) > 0) {
		uint32_t rank = tracks->rank[e.trace];
		size_t at = s->shown[MIN(e.instant, h->nr_instants - 1)];
		struct html_track *t;

		live += e.free ? -e.bytes : e.bytes;
		if (!rank || e.thread >= h->nr_threads)
			continue;
		t = find_track(s, (struct pair){rank - 1, e.thread});
		if (!t)
			return -ENOMEM;
		if (t->seen != at)
			finish_change(tracks, t);
		t->seen = at;
		add_event(t, &e);
	}
	for (uint32_t i = 0; i < s->pairs.nr; i++)
		finish_change(tracks, &s->of[i]);
	s->any = more == 0 && adds_up(h, live);
	return more;
}

int html_split_fill(struct history *h, const struct html_choice *choice,
		    const struct html_tracks *tracks, struct html_split *out)
{
	int err;

	*out = (struct html_split){0};
	if (!h->next_event || h->nr_events > MOST_EVENTS || h->ranged ||
	    h->nr_threads < 2 || !h->nr_instants)
		return 0;
	err = number_instants(h, choice, out);
	return err ? err : pull(h, tracks, out);
}

static int compare_ranks(const void *x, const void *y, void *arg)
{
	const struct intern *pairs = arg;
	size_t n;
	const struct pair *a = intern_get(pairs, *(const uint32_t *)x, &n);
	const struct pair *b = intern_get(pairs, *(const uint32_t *)y, &n);

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static void put_number(struct bytes *out, uint64_t n)
{
	out->n += varint_put(bytes_room(out, VARINT_MAX), n);
}

/* The pairs of a rank, which begin at @order; how many there are. */
static size_t put_rank(const struct html_split *s, const uint32_t *order,
		       size_t nr, uint32_t rank, size_t *changes,
		       struct bytes *out)
{
	const struct pair *pair;
	size_t n = 0, size;

	while (n < nr &&
	       (pair = intern_get(&s->pairs, order[n], &size))->rank == rank)
		n++;
	put_number(out, n);
	for (size_t i = 0; i < n; i++) {
		const struct html_track *t = &s->of[order[i]];

		pair = intern_get(&s->pairs, order[i], &size);
		put_number(out, pair->thread);
		put_number(out, t->nr_changes);
		bytes_add(out, t->bytes.p, t->bytes.n);
		out->failed |= t->bytes.failed;
		*changes += t->nr_changes;
	}
	return n;
}

ssize_t html_split_put(const struct html_split *s, size_t nr, struct bytes *out)
{
	uint32_t *order = calloc(s->pairs.nr + 1, sizeof(*order));
	size_t at = 0, changes = 0;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->pairs.nr; i++)
		order[i] = i;
	qsort_r(order, s->pairs.nr, sizeof(*order), compare_ranks,
		(void *)&s->pairs);
	for (uint32_t rank = 0; rank < nr; rank++)
		at += put_rank(s, order + at, s->pairs.nr - at, rank, &changes,
			       out);
	free(order);
	return out->failed ? -ENOMEM : (ssize_t)changes;
}

void html_split_fini(struct html_split *s)
{
	for (uint32_t i = 0; i < s->pairs.nr && s->of; i++)
		bytes_fini(&s->of[i].bytes);
	intern_fini(&s->pairs);
	free(s->of);
	free(s->shown);
}
