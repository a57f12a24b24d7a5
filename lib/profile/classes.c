/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "classes.h"

struct hpc_sum *classes_add(struct classes *c, unsigned class, size_t width)
{
	size_t nr = (size_t)__builtin_popcountll(c->mask);
	size_t at = classes_index(c, class);
	struct hpc_sum *p =
		realloc(c->sums, (nr + 1) * width * sizeof(*c->sums));

	if (!p)
		return NULL;
	c->sums = p;
	p += at * width;
	memmove(p + width, p, (nr - at) * width * sizeof(*p));
	memset(p, 0, width * sizeof(*p));
	c->mask |= (uint64_t)1 << class;
	return p;
}

void classes_fini(struct classes *c)
{
	free(c->sums);
	memset(c, 0, sizeof(*c));
}
