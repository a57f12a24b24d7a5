/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"

/*
 * A distribution: sums by class, of which most are empty.  Only the others take
 * memory, so there can be one for each trace.
 *
 * A class has @width sums, the same for all classes of a distribution.  All
 * zero is an empty one.
 */
struct classes {
	uint64_t mask;	      /* a bit for each class that is there */
	struct hpc_sum *sums; /* of these, in order */
};

static inline size_t classes_index(const struct classes *c, unsigned class)
{
	uint64_t below = ((uint64_t)1 << class) - 1;

	return (size_t)__builtin_popcountll(c->mask & below);
}

/* Makes @class, with zeros.  NULL: no memory. */
cold struct hpc_sum *classes_add(struct classes *c, unsigned class,
				 size_t width);

/* The sums of @class, which is made if it is not there.  NULL: no memory. */
static inline struct hpc_sum *classes_get(struct classes *c, unsigned class,
					  size_t width)
{
	if (unlikely(!(c->mask >> class & 1)))
		return classes_add(c, class, width);
	return &c->sums[classes_index(c, class) * width];
}

void classes_fini(struct classes *c);
