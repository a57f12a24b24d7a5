/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "flame.h"
#include "places.h"
#include "weigh.h"

struct flame {
	const struct query *q;
	struct places places;
	struct weights weights;
	uint32_t *traces; /* that weigh something; those of one row together */
	size_t nr;
};

/* By the groups of their frames, outermost first; ends first. */
static int compare_stacks(const struct flame *f, uint32_t x, uint32_t y)
{
	const struct digest_trace *a = &f->q->digest->traces[x];
	const struct digest_trace *b = &f->q->digest->traces[y];
	uint32_t i = a->nr_frames, k = b->nr_frames;

	while (i && k) {
		uint32_t ga = f->places.group[a->frames[--i]];
		uint32_t gb = f->places.group[b->frames[--k]];

		if (ga != gb)
			return ga < gb ? -1 : 1;
	}
	return i ? 1 : k ? -1 : 0;
}

static int compare_traces(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	int order = compare_stacks(arg, a, b);

	return order ? order : a < b ? -1 : a > b;
}

static int collect(struct flame *f)
{
	const struct digest *d = f->q->digest;
	int err = weigh_traces(f->q, &f->weights);

	if (!err)
		err = places_group(f->q, &f->places);
	if (err)
		return err;
	f->traces = arena_alloc(f->q->arena, d->nr_traces, sizeof(*f->traces));
	if (!f->traces)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++) {
		const struct sum *s = &f->weights.of[i];

		if (!f->weights.hidden[i] && (s->bytes != 0 || s->count != 0))
			f->traces[f->nr++] = i;
	}
	qsort_r(f->traces, f->nr, sizeof(*f->traces), compare_traces, f);
	return 0;
}

static int fill_row(const struct flame *f, uint32_t trace,
		    const struct sum *sum, struct stack *out)
{
	const struct digest_trace *t = &f->q->digest->traces[trace];
	size_t n = MAX(t->nr_frames, 1u);
	struct place *places = arena_alloc(f->q->arena, n, sizeof(*places));

	if (!places)
		return -ENOMEM;
	places[0] = places_unknown();
	for (uint32_t i = 0; i < t->nr_frames; i++)
		places[i] =
			places_frame(f->q->digest,
				     t->frames[t->nr_frames - 1 - i], f->q->by);
	out->places = places;
	out->nr_places = n;
	out->weight = weigh_estimate(sum, f->q->metric);
	return 0;
}

static int fill_rows(const struct flame *f, struct stack *rows, size_t *nr)
{
	int err = 0;

	for (size_t i = 0, end; i < f->nr && !err; i = end) {
		struct sum sum = {0};

		for (end = i; end < f->nr; end++) {
			if (compare_stacks(f, f->traces[i], f->traces[end]))
				break;
			weigh_add(&sum, &f->weights.of[f->traces[end]]);
		}
		err = fill_row(f, f->traces[i], &sum, &rows[(*nr)++]);
	}
	return err;
}

int flame_query(const struct query *q, struct stacks *out)
{
	struct flame f = {.q = q};
	const struct sum *folded = &f.weights.folded;
	struct stack *rows;
	size_t nr = 0;
	int err = collect(&f);

	if (err)
		return err;
	rows = arena_alloc(q->arena, f.nr + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	err = fill_rows(&f, rows, &nr);
	if (folded->bytes != 0 || folded->count != 0)
		rows[nr++].weight = weigh_estimate(folded, q->metric);
	*out = (struct stacks){
		.metric = query_metric_name(q->metric),
		.unit = weigh_unit(q->metric),
		.period = weigh_period(q),
		.total = weigh_total(q, &f.weights.total),
		.hidden = weigh_estimate(&f.weights.left_out, q->metric),
		.rows = rows,
		.nr_rows = nr,
	};
	return err;
}
