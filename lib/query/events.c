/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"
#include "profile/reader.h"

#include "nodes.h"
#include "places.h"
#include "query.h"
#include "weigh.h"

/* The log, one event at a time; nothing is kept of those that went by. */

struct events {
	struct stream stream; /* what the renderer holds; first */
	const struct query *q;
	struct places places;
	bool *hidden; /* each trace */
	struct nodes nodes;
	const struct reader_event *batch;
	size_t at, n; /* in the batch */
	size_t shown;
	struct place via; /* of the last event */
};

/* Trace 0 is none: the stack is unknown. */
static uint32_t find_trace(const struct events *e, uint32_t node)
{
	return node ? nodes_find(&e->nodes, node, 0) : 0;
}

static bool is_shown(const struct events *e, const struct reader_event *in)
{
	if (in->kind == HPD_RSS || in->time_ns < e->q->from_ns ||
	    in->block->is.size < e->q->min_size)
		return false;
	if (e->q->focus || e->q->ignore)
		return !e->hidden[find_trace(e, in->block->is.trace)];
	return true;
}

static struct place thread_of(const struct digest *d, uint32_t thread)
{
	struct place p = {.kind = PLACE_THREAD, .tid = thread};

	if (thread && thread < d->nr_threads) {
		const char *name = d->threads[thread].name;

		p.thread = name && *name ? name : NULL;
		p.tid = d->threads[thread].tid;
	}
	return p;
}

static void fill_event(struct events *e, const struct reader_event *in,
		       struct event *out)
{
	const struct digest *d = e->q->digest;
	uint32_t trace = find_trace(e, in->block->is.trace);
	const struct digest_trace *t = &d->traces[trace];
	uint32_t site = trace ? places_site(&e->places, d, t) : 0;

	*out = (struct event){
		.time_ns = in->time_ns,
		.weight = (double)in->block->weight.count / HPC_ONE,
		.size = in->block->is.size,
		.free = in->kind != HPD_ALLOC,
		.age_ns = in->kind != HPD_ALLOC ? in->value : 0,
		.place = places_unknown(),
		.thread = thread_of(d, in->thread),
	};
	if (!trace || site == t->nr_frames)
		return;
	out->place = places_frame(d, t->frames[site], BY_FUNCTION);
	if (site) {
		e->via = places_frame(d, t->frames[site - 1], BY_FUNCTION);
		out->via = &e->via;
	}
}

static int next_event(struct stream *stream, struct event *out)
{
	struct events *e = (struct events *)stream;
	int err;

	if (e->q->top && e->shown >= e->q->top)
		return 0;
	for (;; e->at++) {
		if (e->at >= e->n) {
			err = reader_next(e->q->log, &e->batch, &e->n);
			if (err || !e->n)
				return err;
			e->at = 0;
		}
		if (e->batch[e->at].time_ns > e->q->to_ns)
			return 0;
		if (is_shown(e, &e->batch[e->at]))
			break;
	}
	fill_event(e, &e->batch[e->at++], out);
	e->shown++;
	return 1;
}

int events_query(const struct query *q, struct result *out)
{
	const struct digest *d = q->digest;
	struct events *e = arena_alloc(q->arena, 1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->stream.next = next_event;
	e->q = q;
	e->hidden = arena_alloc(q->arena, d->nr_traces, sizeof(*e->hidden));
	if (!e->hidden)
		return -ENOMEM;
	err = nodes_index(&e->nodes, d, q->arena);
	if (!err)
		err = weigh_hide(q, e->hidden);
	if (!err)
		err = places_group(q, &e->places);
	out->stream = &e->stream;
	return err;
}
