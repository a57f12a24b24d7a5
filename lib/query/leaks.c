/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compare.h"
#include "growth.h"
#include "query.h"
#include "sites.h"
#include "threads.h"
#include "weigh.h"

#define LEAK_ROWS 10u

int leaks_query(const struct query *q, struct result *out)
{
	size_t rows = q->top ? q->top : LEAK_ROWS;
	struct table *t = &out->table;
	struct sites s;
	int err;

	if (q->nr_sides > 1)
		return compare_table(q, true, t);
	t->title = weigh_is_left(q, q->at) ? "Not freed when its process ended"
		   : q->at + 1 == q->digest->nr_instants
			   ? "Not freed at the end"
			   : "Not freed";
	t->empty = "nothing: all that was recorded had been freed";
	if (q->by == BY_THREAD)
		return threads_table(q, t);
	err = sites_add_up_first(q, rows, &s);
	if (err)
		return err;
	if (q->metric == METRIC_LIVE && q->digest->nr_instants) {
		struct table *growing = arena_alloc(q->arena, 1, sizeof(*t));

		err = growing ? growth_table(q, &s, growing) : -ENOMEM;
		if (err)
			return err;
		t->next = growing;
	}
	return sites_table(q, &s, SITES_STACK, rows, t);
}
