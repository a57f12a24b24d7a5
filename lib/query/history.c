/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"
#include "profile/digest_rows.h"

#include "history.h"
#include "history_log.h"
#include "places.h"
#include "query.h"
#include "sides.h"
#include "weigh.h"

/*
 * All of a digest, as far as the range that was asked for goes.  Tables are in
 * the arena; of the snapshots there is one at a time, in a buffer that grows to
 * the largest of them.
 */
struct walk {
	struct history history; /* first: next_snapshot() gets this */
	const struct query *q;
	struct places places; /* by function */
	size_t at;	      /* the instant that is next */
	struct digest_rows rows;
	struct history_usage *usage;
	size_t room; /* of usage */
};

/* The snapshot at hand and @n entries of it. */
static int make_room(struct walk *w, size_t n)
{
	size_t room = MAX(w->room, 64u);

	if (n <= w->room)
		return 0;
	while (room < n)
		room *= 2;
	w->usage = arena_alloc(w->q->arena, room, sizeof(*w->usage));
	w->room = w->usage ? room : 0;
	return w->usage ? 0 : -ENOMEM;
}

/* At the first instant, what was done before it is no part of the history. */
static size_t copy_usage(struct walk *w, const struct digest_rows *rows)
{
	bool first = w->at == w->q->from && w->at > 0;
	size_t nr = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct digest_usage *from = &rows->usage[i];
		struct history_usage *u = &w->usage[nr];

		u->trace = from->trace;
		u->live = from->live;
		u->allocated = first ? (struct sum){0} : from->allocated;
		u->freed = first ? (struct sum){0} : from->freed;
		nr += !first || u->live.bytes != 0 || u->live.count != 0;
	}
	return nr;
}

static int next_snapshot(struct history *history,
			 const struct history_usage **usage, size_t *n)
{
	struct walk *w = (struct walk *)history;
	int err;

	if (w->at - w->q->from == history->nr_instants)
		return 0;
	err = digest_rows_read(w->q->digest, w->at, history->wanted, &w->rows);
	if (!err)
		err = make_room(w, w->rows.n);
	if (err)
		return err;
	*n = copy_usage(w, &w->rows);
	*usage = w->usage;
	w->at++;
	return 1;
}

static int add_groups(struct walk *w, enum history_by by,
		      struct history_frame *frames)
{
	static const enum by groupings[] = {
		[HISTORY_FUNCTION] = BY_FUNCTION,
		[HISTORY_LINE] = BY_LINE,
		[HISTORY_MODULE] = BY_MODULE,
	};
	struct query part = *w->q;
	struct places places;
	int err;

	part.by = groupings[by];
	err = places_group(&part, &places);
	if (err)
		return err;
	w->history.nr_groups[by] = places.nr;
	for (size_t i = 0; i < w->history.nr_frames; i++) {
		frames[i].wrapper = places.wrapper[i];
		frames[i].group[by] = places.group[i];
	}
	if (by == HISTORY_FUNCTION)
		w->places = places;
	return 0;
}

static int fill_frames(struct walk *w)
{
	const struct digest *d = w->q->digest;
	struct history *h = &w->history;
	struct history_frame *frames;
	int err = 0;

	frames = arena_alloc(w->q->arena, d->nr_frames, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	h->frames = frames;
	h->nr_frames = d->nr_frames;
	for (uint32_t i = 0; i < d->nr_frames; i++)
		frames[i].place = places_frame(d, i, BY_FUNCTION);
	for (int by = 0; by < HISTORY_BY && !err; by++)
		err = add_groups(w, by, frames);
	return err;
}

static struct history_trace copy_trace(const struct digest *d, uint32_t trace)
{
	const struct digest_trace *t = &d->traces[trace];
	struct digest_run run = digest_run(d, trace);

	return (struct history_trace){
		.frames = t->frames,
		.nr_frames = t->nr_frames,
		.allocated = t->allocated,
		.freed = run.freed,
		.temporary = run.temporary,
		.peak = run.peak,
		.peak_ns = run.peak_ns,
		.lived_s = run.age.sum,
		.nr_sizes = d->spreads[trace].nr_sized,
	};
}

/* The blocks of all traces by size, those of one trace side by side. */
static int fill_sizes(const struct query *q, struct history_trace *traces)
{
	const struct digest *d = q->digest;
	struct history_size *out;
	size_t n = 0;

	for (size_t i = 0; i < d->nr_traces; i++)
		n += d->spreads[i].nr_sized;
	out = arena_alloc(q->arena, n, sizeof(*out));
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_traces; i++) {
		const struct digest_spread *t = &d->spreads[i];

		traces[i].sizes = out;
		for (size_t k = 0; k < t->nr_sized; k++)
			*out++ = (struct history_size){
				.allocated = t->sized[k].allocated,
				.freed = t->sized[k].freed,
				.peak = t->sized[k].peak,
			};
	}
	return 0;
}

static int fill_traces(struct walk *w)
{
	const struct digest *d = w->q->digest;
	struct history_trace *traces;
	bool *hidden;
	int err;

	traces = arena_alloc(w->q->arena, d->nr_traces, sizeof(*traces));
	hidden = arena_alloc(w->q->arena, d->nr_traces, sizeof(*hidden));
	if (!traces || !hidden)
		return -ENOMEM;
	err = digest_spreads(d);
	if (!err)
		err = weigh_hide(w->q, hidden);
	w->history.traces = traces;
	w->history.nr_traces = d->nr_traces;
	for (uint32_t i = 0; i < d->nr_traces && !err; i++) {
		traces[i] = copy_trace(d, i);
		traces[i].hidden = i != DIGEST_OTHER && hidden[i];
		traces[i].site = places_site(&w->places, d, &d->traces[i]);
	}
	return err ? err : fill_sizes(w->q, traces);
}

/* From the digest's instants to those of the history. */
static size_t clamp(const struct query *q, size_t instant)
{
	return MIN(MAX(instant, q->from), q->to) - q->from;
}

static int fill_instants(const struct query *q, struct history *h)
{
	const struct digest *d = q->digest;
	size_t n = d->nr_instants ? q->to - q->from + 1 : 0;
	struct history_instant *out;

	out = arena_alloc(q->arena, n, sizeof(*out));
	if (!out)
		return -ENOMEM;
	h->instants = out;
	h->nr_instants = n;
	h->ranged = q->ranged;
	h->peak = n ? query_peak(q) - q->from : 0;
	h->at = n ? clamp(q, q->sides[q->nr_sides - 1].at) : 0;
	h->held = n && q->nr_sides > 1 ? clamp(q, q->sides[0].at) : n;
	h->metric = query_metric_name(q->metric);
	h->by = query_by_name(q->by);
	h->inverted = q->inverted;
	for (size_t i = 0; i < n; i++) {
		const struct digest_instant *in = &d->instants[q->from + i];
		struct query at = *q;

		at.at = q->from + i;
		at.metric = METRIC_LIVE;
		out[i] = (struct history_instant){
			.time_ns = in->time_ns,
			.marked = in->kinds & DIGEST_MARK,
			.peak = in->kinds & DIGEST_PEAK,
			.end = in->kinds & DIGEST_END,
			.rss = in->rss,
			.live = in->live,
			.max_live = in->max_live,
			.allocated = in->allocated,
			.freed = in->freed,
			.bytes = weigh_total(&at, &in->live),
			.count = weigh_total_count(&at, &in->live),
		};
	}
	return 0;
}

static int fill_marks(const struct query *q, struct history *h)
{
	const struct digest *d = q->digest;
	struct mark *out = arena_alloc(q->arena, d->nr_marks, sizeof(*out));
	size_t n = h->nr_instants;

	if (!out)
		return -ENOMEM;
	h->marks = out;
	for (size_t i = 0; i < d->nr_marks && n; i++)
		if (d->marks[i].time_ns >= h->instants[0].time_ns &&
		    d->marks[i].time_ns <= h->instants[n - 1].time_ns)
			out[h->nr_marks++] = (struct mark){d->marks[i].time_ns,
							   d->marks[i].label};
	return 0;
}

static int fill_modules(const struct query *q, struct history *h)
{
	const struct digest *d = q->digest;
	struct history_module *out;

	out = arena_alloc(q->arena, d->nr_modules, sizeof(*out));
	if (!out)
		return -ENOMEM;
	h->modules = out;
	h->nr_modules = d->nr_modules;
	for (size_t i = 0; i < d->nr_modules; i++)
		out[i] = (struct history_module){
			.path = d->modules[i].path,
			.build_id = d->modules[i].build_id,
			.start = d->modules[i].start,
			.size = d->modules[i].size,
			.offset = d->modules[i].offset,
		};
	return 0;
}

static int fill_threads(const struct query *q, struct history *h)
{
	const struct digest *d = q->digest;
	struct history_thread *out;

	out = arena_alloc(q->arena, d->nr_threads, sizeof(*out));
	if (!out)
		return -ENOMEM;
	h->threads = out;
	for (size_t i = 1; i < d->nr_threads; i++) {
		const struct digest_thread *t = &d->threads[i];

		out[h->nr_threads++] = (struct history_thread){
			.place = {.kind = PLACE_THREAD,
				  .thread =
					  t->name && *t->name ? t->name : NULL,
				  .tid = t->tid},
			.start_ns = t->start_ns,
			.seen = t->seen,
			.seen_bytes = t->seen_bytes,
			.allocated = t->allocated,
			.freed = t->freed,
			.peak_live = t->peak_live,
			.end_live = t->end_live,
		};
	}
	return 0;
}

int history_query(const struct query *q, struct result *out)
{
	struct walk *w = arena_alloc(q->arena, 1, sizeof(*w));
	struct history *h;
	int err;

	if (!w)
		return -ENOMEM;
	w->q = q;
	w->at = q->from;
	w->rows.arena = q->arena;
	h = out->history = &w->history;
	h->next = next_snapshot;
	err = fill_frames(w);
	if (!err)
		err = fill_traces(w);
	if (!err)
		err = fill_modules(q, h);
	if (!err)
		err = fill_instants(q, h);
	if (!err)
		err = fill_marks(q, h);
	if (!err)
		err = fill_threads(q, h);
	return err ? err : history_log_open(q, h);
}
