/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "nodes.h"

static int compare(const void *x, const void *y)
{
	const struct node_trace *a = x, *b = y;

	return a->node < b->node ? -1 : a->node > b->node;
}

int nodes_index(struct nodes *n, const struct digest *d, struct arena *a)
{
	n->of = arena_alloc(a, d->nr_traces, sizeof(*n->of));
	if (!n->of)
		return -ENOMEM;
	n->nr = 0;
	for (uint32_t i = 0; i < d->nr_traces; i++)
		if (i != DIGEST_OTHER)
			n->of[n->nr++] =
				(struct node_trace){d->traces[i].node, i};
	qsort(n->of, n->nr, sizeof(*n->of), compare);
	return 0;
}

uint32_t nodes_find(const struct nodes *n, uint32_t node, uint32_t missing)
{
	struct node_trace key = {.node = node}, *found;

	found = bsearch(&key, n->of, n->nr, sizeof(key), compare);
	return found ? found->trace : missing;
}
