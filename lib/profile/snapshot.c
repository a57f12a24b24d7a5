/* SPDX-License-Identifier: MIT */

/*
 * The hot loop of digesting: snapshot_apply() is called once an event.  Sums
 * are whole numbers, so they do not depend on how they were added up.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "snapshot.h"
#include "weight.h"

int snapshot_init(struct snapshot *s, const struct metadata *m)
{
	memset(s, 0, sizeof(*s));
	s->nr_nodes = MAX(m->nr_nodes, 1);
	s->nr_threads = MAX(m->nr_threads, 1);
	s->trace_of_node = calloc(s->nr_nodes, sizeof(*s->trace_of_node));
	s->threads = calloc(s->nr_threads, sizeof(*s->threads));
	s->room = 64;
	s->traces = calloc(s->room, sizeof(*s->traces));
	s->nr_traces = 1;
	if (s->trace_of_node && s->threads && s->traces)
		return 0;
	snapshot_fini(s);
	return -ENOMEM;
}

void snapshot_fini(struct snapshot *s)
{
	free(s->traces);
	free(s->trace_of_node);
	free(s->threads);
	free(s->usage);
	free(s->order);
	memset(s, 0, sizeof(*s));
}

static cold uint32_t add_trace(struct snapshot *s, uint32_t node)
{
	struct snapshot_trace *t;

	if (s->nr_traces == s->room) {
		t = realloc(s->traces, (size_t)s->room * 2 * sizeof(*t));
		if (!t)
			return 0;
		s->traces = t;
		s->room *= 2;
	}
	t = &s->traces[s->nr_traces];
	memset(t, 0, sizeof(*t));
	t->node = node;
	s->trace_of_node[node] = s->nr_traces;
	return s->nr_traces++;
}

static struct snapshot_trace *find_trace(struct snapshot *s, uint32_t node)
{
	uint32_t trace;

	if (unlikely(node >= s->nr_nodes)) {
		s->bad_nodes++;
		node = 0;
	}
	trace = s->trace_of_node[node];
	if (unlikely(trace == 0))
		trace = add_trace(s, node);
	return trace ? &s->traces[trace] : NULL;
}

static struct snapshot_thread *find_thread(struct snapshot *s, uint32_t thread)
{
	return &s->threads[thread < s->nr_threads ? thread : 0];
}

static int64_t live_bytes(const struct hpc_sum *allocated,
			  const struct hpc_sum *freed)
{
	return (int64_t)((uint64_t)allocated->bytes - (uint64_t)freed->bytes);
}

static __int128 moment_of(const struct reader_event *e)
{
	return (__int128)e->block->weight.bytes * (int64_t)e->time_ns;
}

static void add_moment(struct snapshot_trace *t, __int128 moment)
{
	t->moment = (__int128)((unsigned __int128)t->moment +
			       (unsigned __int128)moment);
}

static void apply_alloc(struct snapshot *s, struct snapshot_trace *t,
			const struct reader_event *e)
{
	const struct reader_block *b = e->block;
	__int128 waste = (__int128)b->weight.count * b->is.waste;

	weight_add(&t->allocated, &b->weight);
	weight_add(&s->allocated, &b->weight);
	weight_add(&find_thread(s, b->is.thread)->allocated, &b->weight);
	add_moment(t, moment_of(e));
	t->waste = (int64_t)((uint64_t)t->waste +
			     (uint64_t)(waste / (HPC_ONE / HPC_BYTE)));
	if (live_bytes(&t->allocated, &t->freed) > t->peak.bytes) {
		t->peak = weight_less(&t->allocated, &t->freed);
		t->peak_ns = e->time_ns;
	}
	if (live_bytes(&s->allocated, &s->freed) > s->max_live.bytes)
		s->max_live = weight_less(&s->allocated, &s->freed);
	s->recorded++;
}

static void apply_free(struct snapshot *s, struct snapshot_trace *t,
		       const struct reader_event *e)
{
	const struct reader_block *b = e->block;

	weight_add(&t->freed, &b->weight);
	weight_add(&s->freed, &b->weight);
	weight_add(&find_thread(s, e->thread)->freed, &b->weight);
	weight_add(&find_thread(s, b->is.thread)->gone, &b->weight);
	add_moment(t, -moment_of(e));
	if (e->kind == HPD_TEMPORARY)
		weight_add(&t->temporary, &b->weight);
	s->frees++;
}

int snapshot_apply(struct snapshot *s, const struct reader_event *e)
{
	struct snapshot_trace *t;

	if (e->kind == HPD_RSS) {
		s->rss_pages = e->value;
		return 0;
	}
	t = find_trace(s, e->block->is.trace);
	if (unlikely(!t))
		return -ENOMEM;
	if (e->kind == HPD_ALLOC)
		apply_alloc(s, t, e);
	else
		apply_free(s, t, e);
	return 0;
}

struct hpc_sum snapshot_live(const struct snapshot *s)
{
	return weight_less(&s->allocated, &s->freed);
}

static int make_room(struct snapshot *s)
{
	struct hpc_usage *usage;
	uint32_t *order;

	if (s->usage_room >= s->nr_traces)
		return 0;
	usage = realloc(s->usage, s->room * sizeof(*usage));
	if (usage)
		s->usage = usage;
	order = realloc(s->order, s->room * sizeof(*order));
	if (order)
		s->order = order;
	if (!usage || !order)
		return -ENOMEM;
	s->usage_room = s->room;
	return 0;
}

static bool take_trace(struct snapshot *s, uint32_t trace, struct hpc_usage *u)
{
	struct snapshot_trace *t = &s->traces[trace];

	u->trace = trace;
	u->live = weight_less(&t->allocated, &t->freed);
	u->allocated = weight_less(&t->allocated, &t->allocated_before);
	u->freed = weight_less(&t->freed, &t->freed_before);
	t->allocated_before = t->allocated;
	t->freed_before = t->freed;
	return !weight_is_zero(&u->live) || !weight_is_zero(&u->allocated) ||
	       !weight_is_zero(&u->freed);
}

int snapshot_take(struct snapshot *s, double precision,
		  const struct hpc_usage **usage, size_t *n)
{
	if (make_room(s))
		return -ENOMEM;
	/* [0] is kept for "other". */
	memset(&s->usage[0], 0, sizeof(s->usage[0]));
	*n = 1;
	for (uint32_t i = 1; i < s->nr_traces; i++)
		*n += take_trace(s, i, &s->usage[*n]);
	*n = fold_usage(s->usage, *n, precision, s->order);
	*usage = s->usage;
	s->max_live = snapshot_live(s);
	return 0;
}

void snapshot_keep_peak(struct snapshot *s)
{
	for (uint32_t i = 0; i < s->nr_threads; i++) {
		struct snapshot_thread *t = &s->threads[i];

		t->peak_live = weight_less(&t->allocated, &t->gone);
	}
}
