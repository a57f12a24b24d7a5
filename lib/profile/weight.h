/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format/format.h"
#include "format/hpc.h"

/*
 * What an event stands for: 1/p of its kind, where p is the probability with
 * which an allocation of its size is recorded (heapprof-format(5), ESTIMATES).
 *
 * A pure function of header and size, rounded once, so that an allocation and
 * its free cancel exactly.  Where p is 1 it is exact and the variances are 0.
 */
void weight_get(const struct hpm_header *h, uint64_t size, struct hpc_sum *w);

/* Is every allocation recorded, and stands for itself? */
bool weight_is_one(const struct hpm_header *h);

/* Weights of sizes that came lately; sizes repeat, and working out is slow. */
#define WEIGHT_CACHE 1024u

struct weight_cache {
	struct {
		uint64_t size;
		bool known;
		struct hpc_sum weight;
	} entry[WEIGHT_CACHE]; /* by size; all zero at first */
};

static inline const struct hpc_sum *
weight_find(struct weight_cache *c, const struct hpm_header *h, uint64_t size)
{
	size_t i = (size ^ size / WEIGHT_CACHE) % WEIGHT_CACHE;

	if (unlikely(!c->entry[i].known || c->entry[i].size != size)) {
		weight_get(h, size, &c->entry[i].weight);
		c->entry[i].size = size;
		c->entry[i].known = true;
	}
	return &c->entry[i].weight;
}

/*
 * Adding and subtracting sums.  Only made-up files overflow; they wrap round.
 */
static inline void weight_add(struct hpc_sum *s, const struct hpc_sum *w)
{
	s->bytes = (int64_t)((uint64_t)s->bytes + (uint64_t)w->bytes);
	s->count = (int64_t)((uint64_t)s->count + (uint64_t)w->count);
	s->bytes_var = (__int128)((unsigned __int128)s->bytes_var +
				  (unsigned __int128)w->bytes_var);
	s->count_var = (__int128)((unsigned __int128)s->count_var +
				  (unsigned __int128)w->count_var);
}

static inline void weight_subtract(struct hpc_sum *s, const struct hpc_sum *w)
{
	s->bytes = (int64_t)((uint64_t)s->bytes - (uint64_t)w->bytes);
	s->count = (int64_t)((uint64_t)s->count - (uint64_t)w->count);
	s->bytes_var = (__int128)((unsigned __int128)s->bytes_var -
				  (unsigned __int128)w->bytes_var);
	s->count_var = (__int128)((unsigned __int128)s->count_var -
				  (unsigned __int128)w->count_var);
}

/* @a less @b. */
static inline struct hpc_sum weight_less(const struct hpc_sum *a,
					 const struct hpc_sum *b)
{
	struct hpc_sum s = *a;

	weight_subtract(&s, b);
	return s;
}

/* The standard error of @w->bytes, in its unit. */
int64_t weight_noise(const struct hpc_sum *w);

static inline bool weight_is_zero(const struct hpc_sum *s)
{
	return s->bytes == 0 && s->count == 0 && s->bytes_var == 0 &&
	       s->count_var == 0;
}
