/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "processes.h"
#include "query.h"

static const struct rate *copy_rates(const struct query *q)
{
	const struct digest *d = q->digest;
	struct rate *r = arena_alloc(q->arena, d->nr_ranges, sizeof(*r));

	for (size_t i = 0; r && i < d->nr_ranges; i++)
		r[i] = (struct rate){d->ranges[i].below,
				     d->ranges[i].probability};
	return r;
}

static void fill_losses(const struct digest *d, struct basis *out)
{
	out->seen = d->seen;
	out->seen_bytes = d->seen_bytes;
	out->recorded = d->recorded;
	out->frees = d->frees;
	out->lost = d->lost_events;
	out->unknown_stacks = d->unknown_stacks;
	out->cut_stacks = d->cut_stacks;
	out->damaged_bytes = d->damaged_bytes;
	out->unknown_modules = d->unknown_modules;
	out->shortened = d->shortened;
	out->foreign_malloc = d->foreign_malloc && !d->seen;
}

int basis_fill(const struct query *q, struct basis *out)
{
	const struct digest *d = q->digest;

	out->argv = d->argv;
	out->program = d->program;
	out->host = d->host;
	out->pid = d->pid;
	out->start_realtime_ns = d->start_realtime_ns;
	out->duration_ns = d->duration_ns;
	out->ended = q->ended;
	out->running = q->running;
	out->children = q->children;
	out->nr_children = q->nr_children;
	out->sample_bytes = d->sample_bytes;
	out->rates = copy_rates(q);
	out->nr_rates = d->nr_ranges;
	out->depth = d->depth;
	out->precision = d->precision;
	fill_losses(d, out);
	if (d->nr_processes && processes_list(q, out))
		return -ENOMEM;
	return out->rates ? 0 : -ENOMEM;
}
