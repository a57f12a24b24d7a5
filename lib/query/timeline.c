/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base.h"

#include "follow.h"
#include "timeline.h"
#include "weigh.h"

/*
 * The figures of all are in the digest's instants; snapshots are read only for
 * lines, and for what --focus and --ignore leave.
 */

struct timeline {
	const struct query *q;
	size_t nr; /* instants */
	uint64_t *times_ns, *rss;
	struct estimate *live, *max, *rate;
	bool *hidden; /* each trace; NULL: none is */
	struct follow follow;
	struct estimate **lines; /* each line, each instant */
};

static int init(struct timeline *t, const struct query *q)
{
	struct arena *a = q->arena;
	size_t n = q->digest->nr_instants ? q->to - q->from + 1 : 0;

	*t = (struct timeline){
		.q = q,
		.nr = n,
		.times_ns = arena_alloc(a, n, sizeof(*t->times_ns)),
		.rss = arena_alloc(a, n, sizeof(*t->rss)),
		.live = arena_alloc(a, n, sizeof(*t->live)),
		.max = arena_alloc(a, n, sizeof(*t->max)),
		.rate = arena_alloc(a, n, sizeof(*t->rate)),
	};
	return t->times_ns && t->rss && t->live && t->max && t->rate ? 0
								     : -ENOMEM;
}

/* What was @allocated since the instant before, as bytes a second. */
static struct estimate rate_of(const struct timeline *t, size_t i,
			       const struct sum *allocated)
{
	struct estimate e = weigh_bytes(allocated);
	uint64_t ns;

	if (!i)
		return (struct estimate){NAN, NAN};
	/* Two instants may be one, as a mark at the peak. */
	ns = MAX(t->times_ns[i] - t->times_ns[i - 1], 1u);
	e.value /= (double)ns * 1e-9;
	e.error /= (double)ns * 1e-9;
	return e;
}

static void fill_all(struct timeline *t)
{
	const struct query *q = t->q;

	for (size_t i = 0; i < t->nr; i++) {
		const struct digest_instant *in =
			&q->digest->instants[q->from + i];
		struct sum max = in->live, allocated = in->allocated;

		if (i) {
			allocated = weigh_less(allocated, &in[-1].allocated);
			if (in->max_live.bytes > max.bytes)
				max = in->max_live;
		}
		t->times_ns[i] = in->time_ns;
		t->rss[i] = in->rss;
		t->live[i] = weigh_bytes(&in->live);
		t->max[i] = weigh_bytes(&max);
		t->rate[i] = rate_of(t, i, &allocated);
	}
}

static int fill_marks(const struct query *q, struct series *out)
{
	const struct digest *d = q->digest;
	struct mark *marks = arena_alloc(q->arena, d->nr_marks, sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	out->marks = marks;
	for (size_t i = 0; i < d->nr_marks && d->nr_instants; i++)
		if (d->marks[i].time_ns >= out->from_ns &&
		    d->marks[i].time_ns <= out->to_ns)
			marks[out->nr_marks++] = (struct mark){
				d->marks[i].time_ns, d->marks[i].label};
	return 0;
}

static int fill_series(const struct timeline *t, struct series *out)
{
	const struct query *q = t->q;

	*out = (struct series){
		.nr_points = t->nr,
		.times_ns = t->times_ns,
		.live = t->live,
		.max = t->max,
		.rate = t->rate,
		.rss = t->rss,
	};
	if (t->nr) {
		const struct digest_instant *peak = &q->digest->instants[q->at];

		out->from_ns = t->times_ns[0];
		out->to_ns = t->times_ns[t->nr - 1];
		out->peak_ns = peak->time_ns;
		out->peak = weigh_total(q, &peak->live);
		out->peak_rss = peak->rss;
	}
	return fill_marks(q, out);
}

int timeline_heap(const struct query *q, struct series *out)
{
	struct timeline t;
	int err = init(&t, q);

	if (err)
		return err;
	fill_all(&t);
	return fill_series(&t, out);
}

/* Replaces the figures of all at instant @i by those of what is not hidden. */
static void filter(struct timeline *t, size_t i,
		   const struct digest_usage *usage, size_t n)
{
	struct sum live = {0}, allocated = {0};

	for (size_t k = 0; k < n; k++)
		if (!t->hidden[usage[k].trace]) {
			weigh_add(&live, &usage[k].live);
			weigh_add(&allocated, &usage[k].allocated);
		}
	t->live[i] = t->max[i] = weigh_bytes(&live);
	t->rate[i] = rate_of(t, i, &allocated);
}

static int read_snapshot(struct timeline *t, size_t i)
{
	struct digest_usage *usage;
	size_t n;
	int err = digest_snapshot(t->q->digest, t->q->from + i, &usage, &n);

	if (err)
		return err;
	if (t->hidden)
		filter(t, i, usage, n);
	for (size_t k = 0; k < t->q->nr_lines; k++) {
		struct sum live = follow_live(&t->follow, k, usage, n);

		t->lines[k][i] = weigh_bytes(&live);
	}
	free(usage);
	return 0;
}

static int find_hidden(struct timeline *t)
{
	const struct query *q = t->q;

	if (!q->focus && !q->ignore)
		return 0;
	t->hidden =
		arena_alloc(q->arena, q->digest->nr_traces, sizeof(*t->hidden));
	return t->hidden ? weigh_hide(q, t->hidden) : -ENOMEM;
}

/* Labels and places go to @out, what is live of each to it as well. */
static int find_lines(struct timeline *t, struct series_line *out)
{
	const struct query *q = t->q;
	const char **places;

	places = arena_alloc(q->arena, q->nr_lines, sizeof(*places));
	t->lines = arena_alloc(q->arena, q->nr_lines, sizeof(*t->lines));
	if (!places || !t->lines)
		return -ENOMEM;
	for (size_t i = 0; i < q->nr_lines; i++) {
		t->lines[i] = arena_alloc(q->arena, t->nr, sizeof(**t->lines));
		out[i].label = follow_label(q->arena, q->lines[i]);
		out[i].place = places[i] = follow_place(q->lines[i]);
		out[i].live = t->lines[i];
		if (!t->lines[i] || !out[i].label)
			return -ENOMEM;
	}
	return follow_find(q, places, q->nr_lines, true, &t->follow);
}

/* Of what is left, as the snapshots tell. */
static void find_peak(const struct timeline *t, struct series *out)
{
	size_t best = 0;

	for (size_t i = 1; i < t->nr; i++)
		if (t->live[i].value > t->live[best].value)
			best = i;
	out->filtered = true;
	if (t->nr) {
		out->peak_ns = t->times_ns[best];
		out->peak = t->live[best];
		out->peak_rss = t->rss[best];
	}
}

int timeline_query(const struct query *q, struct result *out)
{
	struct series *s = &out->series;
	struct series_line *lines;
	struct timeline t;
	int err = init(&t, q);

	lines = arena_alloc(q->arena, q->nr_lines, sizeof(*lines));
	if (err || !lines)
		return -ENOMEM;
	fill_all(&t);
	err = fill_series(&t, s);
	s->lines = lines;
	s->nr_lines = q->nr_lines;
	if (!err)
		err = find_hidden(&t);
	if (!err)
		err = find_lines(&t, lines);
	for (size_t i = 0; i < t.nr && !err && (t.hidden || s->nr_lines); i++)
		err = read_snapshot(&t, i);
	if (t.hidden)
		find_peak(&t, s);
	return err;
}
