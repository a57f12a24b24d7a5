/* SPDX-License-Identifier: MIT */

/*
 * One number is enough to find the peak, all live bytes; and one of noise.
 * Parts of the log are added up apart: where the peak of a part is does not
 * depend on what was live before.
 */

#include "plan.h"

/* A fair draw, the same for an allocation and its free: +1 or -1. */
static int draw(const struct reader_event *e)
{
	uint64_t ns = e->time_ns - (e->kind == HPD_ALLOC ? 0 : e->value);
	uint64_t x = (ns + e->block->is.trace) * 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 32)) * 0xbf58476d1ce4e5b9u;
	return (x ^ (x >> 31)) & 0x80000000u ? 1 : -1;
}

int64_t plan_noise(const struct reader_event *e)
{
	return e->block->noise ? draw(e) * e->block->noise : 0;
}

/* Which of the two it is cannot be foreseen, so there is no branch for it. */
static hot void add(struct plan_part *p, const struct reader_event *e)
{
	struct plan_total *t = &p->total;
	uint64_t mask = -(uint64_t)(e->kind != HPD_ALLOC);
	bool higher;

	p->events++;
	p->last_ns = e->time_ns;
	if (unlikely(e->kind == HPD_RSS))
		return;
	p->frees += mask & 1;
	p->recorded += ~mask & 1;
	t->live += ((uint64_t)e->block->weight.bytes ^ mask) - mask;
	if (unlikely(e->block->noise))
		t->noise += ((uint64_t)plan_noise(e) ^ mask) - mask;
	/* A free can make these higher only by the noise, which is not meant.
	 */
	t->above = MAX(t->above, (int64_t)((t->live + t->noise) & ~mask));
	t->below = MAX(t->below, (int64_t)((t->live - t->noise) & ~mask));
	higher = (int64_t)t->live > t->peak;
	t->peak = higher ? (int64_t)t->live : t->peak;
	p->peak_event = higher ? p->events : p->peak_event;
}

void plan_add(struct plan_part *p, const struct reader_event *events, size_t n)
{
	struct plan_part sum = *p;

	for (size_t i = 0; i < n; i++)
		add(&sum, &events[i]);
	*p = sum;
}

/* The peak of a part, with what was there at its start. */
static int64_t raise(uint64_t start, int64_t peak)
{
	return (int64_t)(start + (uint64_t)peak);
}

void plan_raise(struct plan *p, uint64_t number, uint64_t start,
		const struct plan_part *part)
{
	int64_t peak = raise(start, part->total.peak);

	if (peak < p->total.peak ||
	    (peak == p->total.peak && number > p->peak_part))
		return;
	p->total.peak = peak;
	p->peak_part = number;
	p->peak_event = part->peak_event;
}

void plan_join(struct plan *p, const struct plan_part *part)
{
	struct plan_total *t = &p->total;
	const struct plan_total *u = &part->total;

	plan_raise(p, p->nr_parts, t->live, part);
	t->above = MAX(t->above, raise(t->live + t->noise, u->above));
	t->below = MAX(t->below, raise(t->live - t->noise, u->below));
	t->live += u->live;
	t->noise += u->noise;
	p->events += part->events;
	p->recorded += part->recorded;
	p->frees += part->frees;
	p->last_ns = MAX(p->last_ns, part->last_ns);
	p->nr_parts++;
}

void plan_end(struct plan *p)
{
	const struct plan_total *t = &p->total;
	__int128 mean = ((__int128)t->above + t->below) / 2;

	p->peak_rise = (int64_t)MAX(mean - t->peak, 0);
}
