/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base.h"

#include "rank.h"

/*
 * Few are shown of many, so not all are sorted: those that were the first so
 * far are a heap, the last of them on top, where most of the others fail.
 */

static int compare(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void swap(struct rank *a, struct rank *b)
{
	struct rank was = *a;

	*a = *b;
	*b = was;
}

static void sink(struct rank *heap, size_t n, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n &&
		    compare(&heap[child + 1], &heap[child]) > 0)
			child++;
		if (compare(&heap[child], &heap[i]) <= 0)
			return;
		swap(&heap[child], &heap[i]);
	}
}

void rank_first(struct rank *rank, size_t n, size_t limit)
{
	limit = MIN(n, limit);
	if (limit == 0)
		return;
	if (limit < n)
		for (size_t i = limit / 2; i-- > 0;)
			sink(rank, limit, i);
	for (size_t i = limit; i < n; i++) {
		if (compare(&rank[i], &rank[0]) > 0)
			continue;
		swap(&rank[i], &rank[0]);
		sink(rank, limit, 0);
	}
	qsort(rank, limit, sizeof(*rank), compare);
}
