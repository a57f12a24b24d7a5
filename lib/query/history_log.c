/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"
#include "profile/reader.h"

#include "history_log.h"
#include "nodes.h"

/*
 * The log, one event at a time.  Which instants have been passed is found as
 * the digest was made (heapprof-format(5), SECTIONS): the peak is where the sum
 * of live bytes is what it says, the first time.
 */
struct history_log {
	const struct query *q;
	struct nodes nodes;
	uint32_t unknown; /* trace of unknown stacks */
	uint32_t *thread; /* each of the digest's: its number in ours */
	uint64_t live;	  /* bytes after the last event, 1/64 */
	size_t passed;	  /* instants of the digest that were */
	uint64_t nr;	  /* events so far */
	const struct reader_event *batch;
	size_t at, n; /* in the batch */
};

static bool is_passed(const struct history_log *l, uint64_t time_ns)
{
	const struct digest_instant *in = &l->q->digest->instants[l->passed];

	if (in->kinds & DIGEST_START)
		return true;
	if (in->kinds & DIGEST_INTERVAL)
		return in->time_ns <= time_ns;
	if (in->kinds & DIGEST_MARK)
		return in->time_ns < time_ns;
	return (in->kinds & DIGEST_PEAK) &&
	       (double)(int64_t)l->live / HPC_BYTE == in->live.bytes;
}

static void take_event(struct history_log *l, const struct reader_event *in)
{
	uint64_t bytes = (uint64_t)in->block->weight.bytes;

	while (l->passed + 1 < l->q->digest->nr_instants &&
	       is_passed(l, in->time_ns))
		l->passed++;
	l->live += in->kind == HPD_ALLOC ? bytes : -bytes;
}

static void fill_event(const struct history_log *l,
		       const struct reader_event *in, struct history_event *out)
{
	const struct digest *d = l->q->digest;
	bool is_free = in->kind != HPD_ALLOC;
	uint32_t thread = in->block->is.thread;

	*out = (struct history_event){
		.time_ns = in->time_ns,
		.instant = l->passed - l->q->from,
		.trace = nodes_find(&l->nodes, in->block->is.trace, l->unknown),
		.thread = l->thread[thread < d->nr_threads ? thread : 0],
		.free = is_free,
		.bytes = (double)in->block->weight.bytes / HPC_BYTE,
		.count = (double)in->block->weight.count / HPC_ONE,
		.size = in->block->is.size,
		.age_ns = is_free ? in->value : 0,
	};
}

static int next_event(struct history *h, struct history_event *out)
{
	struct history_log *l = h->log;

	for (;;) {
		const struct reader_event *in;

		if (l->at >= l->n) {
			int err = reader_next(l->q->log, &l->batch, &l->n);

			if (err || !l->n)
				return err;
			l->at = 0;
		}
		in = &l->batch[l->at++];
		if (in->kind == HPD_RSS)
			continue;
		/* A program that still runs has added some. */
		if (l->nr++ == h->nr_events)
			return 0;
		take_event(l, in);
		if (l->passed > l->q->to)
			return 0;
		if (l->passed <= l->q->from)
			continue;
		fill_event(l, in, out);
		return 1;
	}
}

int history_log_open(const struct query *q, struct history *h)
{
	const struct digest *d = q->digest;
	struct history_log *l;
	int err;

	if (!q->log || d->shortened || !d->nr_instants)
		return 0;
	l = arena_alloc(q->arena, 1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->q = q;
	l->thread = arena_alloc(q->arena, d->nr_threads + 1, sizeof(uint32_t));
	err = l->thread ? nodes_index(&l->nodes, d, q->arena) : -ENOMEM;
	if (err)
		return err;
	l->unknown = nodes_find(&l->nodes, 0, HISTORY_OTHER);
	/* Ours leave out 0, which stands for unknown ones. */
	for (size_t i = 0; i <= d->nr_threads; i++)
		l->thread[i] = i ? (uint32_t)i - 1 : (uint32_t)h->nr_threads;
	h->log = l;
	h->nr_events = d->recorded + d->frees;
	h->ages = reader_has_ages(q->log);
	h->next_event = next_event;
	return 0;
}
