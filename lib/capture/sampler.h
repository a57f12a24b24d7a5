/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "format/format.h"

/*
 * Decides which allocations are recorded.
 *
 * By ranges of size: each allocation of a range is picked with the range's
 * probability p, independently, so that the number of allocations passed over
 * between two picks is geometric.  It is drawn once and counted down: one
 * subtraction decides.
 *
 * By bytes: every byte is as likely to be picked as any other, so the distance
 * to the next picked byte is exponential, and an allocation of n bytes is
 * picked with 1 - exp(-n / interval).  An allocation of 0 bytes counts as one
 * of 1 byte, or its weight would be infinite.
 *
 * The weight is worked out by the reader from the rates in the header
 * (hpm_probability()), never here.
 *
 * One sampler per thread; no other thread reads or writes it.  All zero, as in
 * a forked child, it picks everything: the slow path then notices.
 */

#define SAMPLER_RANGES (HPM_RANGES_MAX + 1)

/* What all samplers share; written once, at start. */
struct sampler_rates {
	bool by_bytes;
	uint32_t nr;			/* ranges with an upper bound */
	uint64_t below[SAMPLER_RANGES]; /* UINT64_MAX from nr on */
	/* Scale of the draw: -1/log(1-p), or the interval; negative: p is 0,
	   zero: p is 1. */
	double scale[SAMPLER_RANGES];
};

extern struct sampler_rates sampler_rates;

struct sampler {
	uint64_t left[SAMPLER_RANGES]; /* to pass over before the next pick */
	uint64_t random[4];	       /* xoshiro256++ */
};

/* Takes the rates of @h for all samplers. */
void sampler_configure(const struct hpm_header *h);

/* Same @seed and @stream, same decisions. */
void sampler_init(struct sampler *s, uint64_t seed, uint64_t stream);

/* Draws the next distance of range @i. */
void sampler_draw(struct sampler *s, unsigned i);

/* Without a branch for the first two bounds: sizes come in no order that could
   be foreseen. */
static inline unsigned sampler_range(size_t size)
{
	const struct sampler_rates *r = &sampler_rates;
	unsigned i = (size >= r->below[0]) + (size >= r->below[1]);

	while (i >= 2 && i < r->nr && size >= r->below[i])
		i++;
	return i;
}

/* Inlined into every malloc(): a comparison, a subtraction.  Until there is
   another distance to pass, whatever comes next is a hit, too. */
static inline bool sampler_hit(struct sampler *s, size_t size)
{
	uint64_t *left = &s->left[sampler_range(size)];
	uint64_t step = sampler_rates.by_bytes && size > 0 ? size : 1;

	if (unlikely(step > *left))
		return true;
	*left -= step;
	return false;
}

/* After a hit: there is another distance to pass, unless all are picked. */
static inline void sampler_rearm(struct sampler *s, size_t size)
{
	unsigned i = sampler_range(size);

	s->left[i] = 0;
	if (sampler_rates.scale[i] != 0)
		sampler_draw(s, i);
}
