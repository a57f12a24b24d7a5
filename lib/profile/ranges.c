/* SPDX-License-Identifier: MIT */
/*
 * Disjoint ranges from nested ones: a sweep from low to high addresses with a
 * stack of the ranges that are open.  The order of sorting makes the top of the
 * stack the winner.  One range gives at most two pieces, so memory is bounded
 * by what was added.
 */
#include <errno.h>
#include <stdlib.h>

#include "base.h"
#include "list.h"

#include "ranges.h"

int ranges_add(struct ranges *r, uint64_t low, uint64_t high, uint32_t value)
{
	struct range *v;

	if (low >= high)
		return 0;
	v = list_grow(r->v, r->n, &r->room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->v = v;
	v[r->n++] = (struct range){low, high, value};
	return 0;
}

/* Of two that start together, the winner comes later. */
static int compare(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	if (a->high != b->high)
		return a->high > b->high ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

struct sweep {
	struct ranges out;
	struct range *open; /* stack */
	size_t depth;
	uint64_t done; /* all below is in out */
};

/* Adds a piece, to the last one where it continues that. */
static int emit(struct sweep *s, uint64_t high, uint32_t value)
{
	struct range *last = s->out.n ? &s->out.v[s->out.n - 1] : NULL;
	uint64_t low = s->done;

	s->done = high;
	if (last && last->high == low && last->value == value) {
		last->high = high;
		return 0;
	}
	return ranges_add(&s->out, low, high, value);
}

/* Emits what the open ranges cover up to @end. */
static int advance(struct sweep *s, uint64_t end)
{
	while (s->depth && s->done < end) {
		const struct range *top = &s->open[s->depth - 1];
		int ret = 0;

		if (top->high > s->done)
			ret = emit(s, MIN(top->high, end), top->value);
		if (ret)
			return ret;
		if (top->high <= s->done)
			s->depth--;
	}
	s->done = end;
	return 0;
}

int ranges_finish(struct ranges *r)
{
	struct sweep s = {0};
	int ret = 0;

	if (!r->n)
		return 0;
	s.open = calloc(r->n, sizeof(*s.open));
	if (!s.open)
		return -ENOMEM;
	qsort(r->v, r->n, sizeof(*r->v), compare);
	for (size_t i = 0; i < r->n && !ret; i++) {
		ret = advance(&s, r->v[i].low);
		s.open[s.depth++] = r->v[i];
	}
	if (!ret)
		ret = advance(&s, UINT64_MAX);
	free(s.open);
	if (ret) {
		ranges_fini(&s.out);
		return ret;
	}
	free(r->v);
	*r = s.out;
	return 0;
}

const struct range *ranges_find(const struct ranges *r, uint64_t address)
{
	size_t low = 0, high = r->n; /* the first above @address is in there */

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->v[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= r->v[low - 1].high)
		return NULL;
	return &r->v[low - 1];
}

void ranges_fini(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){0};
}
