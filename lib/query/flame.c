/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "compare.h"
#include "flame.h"
#include "places.h"
#include "sides.h"
#include "weigh.h"

/* What one may want to look at next; those of the whole run alone are last. */
static const enum metric all_metrics[] = {
	METRIC_LIVE,  METRIC_LIVE_COUNT, METRIC_ALLOCATED,    METRIC_COUNT,
	METRIC_FREED, METRIC_TEMPORARY,	 METRIC_BYTE_SECONDS,
};

#define METRICS_OF_RANGES 5u

static void choose_metrics(struct flame *f)
{
	f->metrics = &f->q->metric;
	f->nr_metrics = 1;
	if (!f->q->any_metric)
		return;
	f->metrics = all_metrics;
	f->nr_metrics = f->q->ranged || f->q->compare_text
				? METRICS_OF_RANGES
				: ARRAY_SIZE(all_metrics);
}

static struct query ask_for(const struct flame *f, size_t metric)
{
	struct query q = *f->q;

	q.metric = f->metrics[metric];
	return q;
}

/* Upside down, a stack begins with the frame that it counts for. */
static uint32_t first_of(const struct flame *f, const struct digest_trace *t)
{
	return f->q->inverted ? places_site(&f->places, f->q->digest, t) : 0;
}

uint32_t flame_height(const struct flame *f, uint32_t trace)
{
	const struct digest_trace *t = &f->q->digest->traces[trace];

	return t->nr_frames - first_of(f, t);
}

uint32_t flame_frame(const struct flame *f, uint32_t trace, uint32_t depth)
{
	const struct digest_trace *t = &f->q->digest->traces[trace];

	return f->q->inverted ? t->frames[first_of(f, t) + depth]
			      : t->frames[t->nr_frames - 1 - depth];
}

/* What stacks are sorted by at @depth; 0: it ends there, which comes first. */
static uint32_t key_of(const struct flame *f, uint32_t trace, uint32_t depth)
{
	return depth < flame_height(f, trace)
		       ? f->places.group[flame_frame(f, trace, depth)]
		       : PLACES_UNKNOWN;
}

static bool same_stack(const struct flame *f, uint32_t a, uint32_t b)
{
	uint32_t n = flame_height(f, a);

	if (n != flame_height(f, b))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (key_of(f, a, i) != key_of(f, b, i))
			return false;
	return true;
}

static int weigh(struct flame *f)
{
	int err = 0;

	choose_metrics(f);
	f->sides = arena_alloc(f->q->arena, f->nr_metrics, sizeof(*f->sides));
	if (!f->sides)
		return -ENOMEM;
	for (size_t m = 0; m < f->nr_metrics && !err; m++) {
		struct query q = ask_for(f, m);

		err = sides_weigh(&q, &f->sides[m]);
	}
	f->hidden = f->sides[0].hidden;
	if (!err && f->q->nr_sides > 1)
		err = sides_find_changes(f->q, &f->sides[0]);
	return err;
}

static bool weighs(const struct flame *f, uint32_t trace)
{
	for (size_t m = 0; m < f->nr_metrics; m++)
		if (sides_weighs(&f->sides[m], trace))
			return true;
	return false;
}

/* Traces from @from to below @to, which are the same up to @depth. */
struct part {
	size_t from, to;
	uint32_t depth;
};

struct sorter {
	struct flame *f;
	struct part *parts; /* yet to be sorted */
	size_t nr, room;
};

static int push(struct sorter *s, size_t from, size_t to, uint32_t depth)
{
	struct part *parts;

	if (to - from < 2)
		return 0;
	parts = arena_grow(s->f->q->arena, s->parts, s->nr, &s->room,
			   sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	s->parts = parts;
	parts[s->nr++] = (struct part){from, to, depth};
	return 0;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t was = *a;

	*a = *b;
	*b = was;
}

static int compare_numbers(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

/* Splits @p by one of its keys into those below it, that have it, and above. */
static int split(struct sorter *s, struct part p)
{
	const struct flame *f = s->f;
	uint32_t *t = f->traces;
	uint32_t pivot = key_of(f, t[p.from + (p.to - p.from) / 2], p.depth);
	size_t below = p.from, above = p.to, i = p.from;

	while (i < above) {
		uint32_t key = key_of(f, t[i], p.depth);

		if (key < pivot)
			swap(&t[below++], &t[i++]);
		else if (key > pivot)
			swap(&t[--above], &t[i]);
		else
			i++;
	}
	if (pivot == PLACES_UNKNOWN)
		qsort(t + below, above - below, sizeof(*t), compare_numbers);
	else if (push(s, below, above, p.depth + 1))
		return -ENOMEM;
	return push(s, p.from, below, p.depth) || push(s, above, p.to, p.depth)
		       ? -ENOMEM
		       : 0;
}

/*
 * By the groups of their frames, from the root on; the same ones by number.
 * What stacks have in common is looked at once (Bentley and Sedgewick 1997).
 */
static int sort_traces(struct flame *f)
{
	struct sorter s = {.f = f};
	int err = push(&s, 0, f->nr, 0);

	while (s.nr > 0 && !err)
		err = split(&s, s.parts[--s.nr]);
	return err;
}

int flame_collect(struct flame *f, const struct query *q)
{
	const struct digest *d = q->digest;
	int err;

	*f = (struct flame){.q = q};
	err = weigh(f);

	if (!err)
		err = places_group(f->q, &f->places);
	if (err)
		return err;
	f->traces = arena_alloc(f->q->arena, d->nr_traces, sizeof(*f->traces));
	if (!f->traces)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++)
		if (!f->hidden[i] && weighs(f, i))
			f->traces[f->nr++] = i;
	return sort_traces(f);
}

static int name_row(const struct flame *f, uint32_t trace, struct stack *out)
{
	uint32_t n = flame_height(f, trace);
	struct arena *a = f->q->arena;
	struct place *places = arena_alloc(a, MAX(n, 1u), sizeof(*places));
	uint32_t *groups = arena_alloc(a, MAX(n, 1u), sizeof(*groups));

	if (!places || !groups)
		return -ENOMEM;
	places[0] = places_unknown();
	groups[0] = PLACES_UNKNOWN;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t frame = flame_frame(f, trace, i);

		places[i] = places_frame(f->q->digest, frame, f->q->by);
		groups[i] = f->places.group[frame];
	}
	out->places = places;
	out->groups = groups;
	out->nr_places = MAX(n, 1u);
	return 0;
}

/* @traces is one row; the change is that of the first metric. */
static int weigh_row(const struct flame *f, const uint32_t *traces, size_t n,
		     struct stack *out)
{
	size_t nr = f->q->nr_sides;
	struct estimate *weights =
		arena_alloc(f->q->arena, nr * f->nr_metrics, sizeof(*weights));

	if (!weights)
		return -ENOMEM;
	out->weights = weights;
	out->change = sides_weigh_traces(&f->sides[0], traces, n, f->metrics[0],
					 weights);
	for (size_t m = 1; m < f->nr_metrics; m++)
		sides_weigh_traces(&f->sides[m], traces, n, f->metrics[m],
				   weights + m * nr);
	return 0;
}

/* The rows, and last the one of what is folded, which has no place. */
static int fill_rows(const struct flame *f, struct stack *rows, size_t *nr)
{
	const uint32_t folded = DIGEST_OTHER;
	int err = 0;

	for (size_t i = 0, end; i < f->nr && !err; i = end) {
		for (end = i; end < f->nr; end++)
			if (!same_stack(f, f->traces[i], f->traces[end]))
				break;
		err = name_row(f, f->traces[i], &rows[*nr]);
		if (!err)
			err = weigh_row(f, &f->traces[i], end - i,
					&rows[(*nr)++]);
	}
	if (!err && weighs(f, folded))
		err = weigh_row(f, &folded, 1, &rows[(*nr)++]);
	return err;
}

static int fill_columns(const struct flame *f, struct stacks *out)
{
	size_t nr = f->q->nr_sides;
	struct weighing *columns =
		arena_alloc(f->q->arena, nr * f->nr_metrics, sizeof(*columns));
	int err = columns ? 0 : -ENOMEM;

	for (size_t m = 0; m < f->nr_metrics && !err; m++) {
		struct query q = ask_for(f, m);
		const struct moment *moments;

		err = compare_moments(&q, &f->sides[m], &moments);
		for (size_t k = 0; k < nr && !err; k++)
			columns[m * nr + k] = (struct weighing){
				.metric = query_metric_name(q.metric),
				.unit = weigh_unit(q.metric),
				.moment = moments[k],
				.hidden = weigh_estimate(
					&f->sides[m].of[k].left_out, q.metric),
			};
	}
	out->columns = columns;
	out->nr_columns = nr * f->nr_metrics;
	out->nr_moments = nr;
	return err;
}

int flame_stacks(const struct query *q, struct stacks *out)
{
	struct stack *rows;
	struct flame f;
	int err = flame_collect(&f, q);

	if (err)
		return err;
	*out = (struct stacks){
		.lines = q->by == BY_LINE,
		.nr_groups = f.places.nr,
	};
	rows = arena_alloc(q->arena, f.nr + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	out->rows = rows;
	if (f.sides[0].change)
		out->change = sides_change_total(&f.sides[0], f.metrics[0]);
	err = fill_rows(&f, rows, &out->nr_rows);
	return err ? err : fill_columns(&f, out);
}

int flame_query(const struct query *q, struct result *out)
{
	return flame_stacks(q, &out->stacks);
}
