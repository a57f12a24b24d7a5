/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "format/hpc.h"
#include "profile/reader.h"
#include "profile/say.h"
#include "read.h"

/*
 * Events name their stack by a node of the log; the digest knows which of its
 * traces that is.
 */

struct heapprof_events {
	const struct heapprof_reader *r;
	struct reader *log;
	uint32_t *traces; /* of nodes; 0: none */
	uint32_t nr_nodes;
	const struct reader_event *batch;
	size_t at, n; /* in the batch */
	uint64_t nr;  /* allocations and frees given */
	bool ended;   /* and what was lost has been said */
};

static int map_traces(struct heapprof_events *e)
{
	const struct digest *d = e->r->source.digest;

	e->nr_nodes = MAX(reader_metadata(e->log)->nr_nodes, 1u);
	e->traces = calloc(e->nr_nodes, sizeof(*e->traces));
	if (!e->traces)
		return -ENOMEM;
	for (uint32_t i = 1; i < d->nr_traces; i++)
		if (d->traces[i].node < e->nr_nodes)
			e->traces[d->traces[i].node] = i;
	return 0;
}

int heapprof_events_open(const struct heapprof_reader *r,
			 struct heapprof_events **events)
{
	struct heapprof_events *e;
	int err;

	if (!r->source.base)
		return say_error(r->listener, -ENOENT,
				 "%s: a digest is without events; they need "
				 "the log, BASE.hpm and BASE.hpd",
				 r->name);
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->r = r;
	err = reader_open(r->source.base, r->listener, &e->log);
	if (!err)
		err = map_traces(e);
	if (err)
		heapprof_events_close(e);
	else
		*events = e;
	return err;
}

void heapprof_events_close(struct heapprof_events *e)
{
	if (!e)
		return;
	if (e->log)
		reader_close(e->log);
	free(e->traces);
	free(e);
}

static uint32_t tid_of(const struct heapprof_events *e, uint32_t thread)
{
	const struct metadata *m = reader_metadata(e->log);

	return thread && thread < m->nr_threads ? m->threads[thread].tid : 0;
}

static void fill_event(const struct heapprof_events *e,
		       const struct reader_event *in,
		       struct heapprof_event *out)
{
	const struct hpd_block *b = &in->block->is;
	uint64_t size = MIN(b->size, (uint64_t)INT64_MAX);
	bool freed = in->kind != HPD_ALLOC;

	*out = (struct heapprof_event){
		.time_s = (double)in->time_ns * 1e-9,
		.size = freed ? -(int64_t)size : (int64_t)size,
		.scale = (double)in->block->weight.count / HPC_ONE,
		.age_s = freed ? (double)in->value * 1e-9 : 0,
		.trace = b->trace < e->nr_nodes ? e->traces[b->trace] : 0,
		.thread = tid_of(e, in->thread),
		.freed = freed,
		.temporary = in->kind == HPD_TEMPORARY,
	};
}

/* What is not an event of the heap is passed over. */
int heapprof_events_next(struct heapprof_events *e,
			 struct heapprof_event *event)
{
	uint64_t lost;

	for (; !e->ended; e->at++) {
		if (e->at == e->n) {
			int err = reader_next(e->log, &e->batch, &e->n);

			e->at = 0;
			if (err)
				return err;
			if (e->n == 0) {
				e->ended = true;
				reader_report(e->log, true, e->nr, &lost);
				break;
			}
		}
		if (e->batch[e->at].kind == HPD_RSS)
			continue;
		fill_event(e, &e->batch[e->at++], event);
		e->nr++;
		return 1;
	}
	return 0;
}
