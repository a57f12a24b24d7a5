/* SPDX-License-Identifier: MIT */

/* One number is enough to find the peak, all live bytes; and one of noise. */

#include "plan.h"
#include "say.h"

/* A fair draw, the same for an allocation and its free: +1 or -1. */
static int draw(const struct reader_event *e)
{
	uint64_t ns = e->time_ns - (e->kind == HPD_ALLOC ? 0 : e->value);
	uint64_t x = (ns + e->block->is.trace) * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 32)) * 0xbf58476d1ce4e5b9u;
	return (x ^ (x >> 31)) & 0x80000000u ? 1 : -1;
}

static void add(struct plan_total *t, const struct reader_event *e,
		uint64_t sign)
{
	t->live += sign * (uint64_t)e->block->weight.bytes;
	if (e->block->noise)
		t->noise += sign * (uint64_t)(draw(e) * e->block->noise);
}

void plan_add(struct plan *p, const struct reader_event *e)
{
	struct plan_total *t = &p->total;

	p->events++;
	if (e->kind == HPD_RSS)
		return;
	if (e->kind != HPD_ALLOC) {
		add(t, e, -(uint64_t)1);
		p->frees++;
		return;
	}
	add(t, e, 1);
	p->recorded++;
	t->above = MAX(t->above, (int64_t)(t->live + t->noise));
	t->below = MAX(t->below, (int64_t)(t->live - t->noise));
	if ((int64_t)t->live > t->peak) {
		t->peak = (int64_t)t->live;
		p->peak_event = p->events;
	}
}

void plan_end(struct plan *p)
{
	const struct plan_total *t = &p->total;
	__int128 mean = ((__int128)t->above + t->below) / 2;

	p->peak_rise = (int64_t)MAX(mean - t->peak, 0);
}

int plan_make(struct reader *r, const struct heapprof_listener *listener,
	      struct plan *p)
{
	struct say_progress progress;
	const struct reader_event *events;
	size_t n;
	int error;

	*p = (struct plan){0};
	reader_rewind(r);
	say_begin(&progress, listener, "reading", "B", reader_size(r));
	while ((error = reader_next(r, &events, &n)) == 0 && n > 0) {
		for (size_t i = 0; i < n; i++)
			plan_add(p, &events[i]);
		p->last_ns = events[n - 1].time_ns;
		say_at(&progress, reader_position(r), p->events);
		if (say_stop(listener)) {
			p->stopped = true;
			break;
		}
	}
	say_done(&progress);
	plan_end(p);
	return error;
}
