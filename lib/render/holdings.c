/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "holdings.h"

/*
 * Snapshots leave small traces out, but a digest has more than these: all that
 * a trace allocated and freed, and what was live of it at the peak.  So that is
 * taken where it is what was asked for.
 */

/* What is left of allocations when those that were freed are gone. */
static struct sum left(const struct sum *allocated, const struct sum *freed)
{
	return (struct sum){
		.bytes = allocated->bytes - freed->bytes,
		.count = allocated->count - freed->count,
		.bytes_var = allocated->bytes_var - freed->bytes_var,
		.count_var = allocated->count_var - freed->count_var,
	};
}

/* From the snapshots; of the whole run only what was live at h->at. */
static int pull(struct history *h, struct holdings *out)
{
	size_t last = h->ranged ? h->nr_instants : h->at;
	const struct history_usage *usage;
	size_t n;
	int err = 1;

	for (size_t i = 0; err > 0 && i <= last; i++) {
		err = h->next(h, &usage, &n);
		for (size_t k = 0; err > 0 && k < n; k++) {
			const struct history_usage *u = &usage[k];

			if (i == h->at)
				out->live[u->trace] = u->live;
			if (!h->ranged)
				continue;
			sum_add(&out->allocated[u->trace], &u->allocated);
			if (i + 1 == h->nr_instants)
				out->end[u->trace] = u->live;
		}
	}
	return MIN(err, 0);
}

/* Live at the peak, by trace.  False: the digest does not know it. */
static bool take_peak(const struct history *h, struct sum *live)
{
	const struct sum *wanted = &h->instants[h->at].live;
	double bytes = 0, count = 0;

	memset(live, 0, h->nr_traces * sizeof(*live));
	for (size_t i = 0; i < h->nr_traces; i++)
		for (size_t k = 0; k < h->traces[i].nr_sizes; k++)
			sum_add(&live[i], &h->traces[i].sizes[k].peak);
	for (size_t i = 0; i < h->nr_traces; i++) {
		bytes += live[i].bytes;
		count += live[i].count;
	}
	return fabs(bytes - wanted->bytes) <= 1e-9 * wanted->bytes &&
	       fabs(count - wanted->count) <= 1e-9 * wanted->count;
}

static void take_run(const struct history *h, struct holdings *out)
{
	for (size_t i = 0; i < h->nr_traces; i++) {
		const struct history_trace *t = &h->traces[i];

		out->allocated[i] = t->allocated;
		out->end[i] = left(&t->allocated, &t->freed);
	}
}

static int take_live(const struct history *h, struct arena *arena,
		     struct holdings *out)
{
	struct sum *live = arena_alloc(arena, h->nr_traces, sizeof(*live));

	if (!live)
		return -ENOMEM;
	if (h->instants[h->at].end)
		out->live = out->end;
	else if (h->instants[h->at].peak && take_peak(h, live))
		out->live = live;
	else
		return 0;
	out->sized = true;
	return 0;
}

int holdings_add_up(struct history *h, struct arena *arena,
		    struct holdings *out)
{
	size_t n = h->nr_traces;
	int err;

	*out = (struct holdings){
		.live = arena_alloc(arena, n, sizeof(struct sum)),
		.end = arena_alloc(arena, n, sizeof(struct sum)),
		.allocated = arena_alloc(arena, n, sizeof(struct sum)),
	};
	if (!out->live || !out->end || !out->allocated)
		return -ENOMEM;
	if (!h->ranged && h->nr_instants) {
		take_run(h, out);
		err = take_live(h, arena, out);
		if (err || out->sized)
			return err;
	}
	return pull(h, out);
}

struct sum holdings_live_of(const struct history *h,
			    const struct history_size *size)
{
	return h->instants[h->at].end ? left(&size->allocated, &size->freed)
				      : size->peak;
}

uint64_t holdings_round(double x)
{
	return x > 0 ? (uint64_t)llround(x) : 0;
}
