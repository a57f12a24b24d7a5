/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "compare.h"
#include "peaks.h"
#include "query.h"
#include "sites.h"
#include "threads.h"
#include "top.h"

#define TOP_ROWS 20u

const char *top_title(enum metric metric)
{
	switch (metric) {
	case METRIC_LIVE:
		return "Live bytes";
	case METRIC_LIVE_COUNT:
		return "Live blocks";
	case METRIC_ALLOCATED:
		return "Bytes allocated";
	case METRIC_COUNT:
		return "Allocations";
	case METRIC_FREED:
		return "Bytes freed, by who had allocated them";
	case METRIC_TEMPORARY:
		return "Allocations freed before the next one of their thread";
	case METRIC_WASTE:
		return "Bytes usable but not asked for, over all allocations";
	case METRIC_RATE:
		return "Bytes allocated a second";
	default:
		return "Live bytes times the seconds that they lived";
	}
}

static int find_peaks(const struct query *q, size_t rows, struct sites *s)
{
	bool *shown = arena_alloc(q->arena, s->places.nr, sizeof(*shown));
	int err = shown ? sites_mark(q, s, SITES_TOP, rows, shown) : -ENOMEM;

	return err ? err : peaks_find(q, shown, s);
}

int top_query(const struct query *q, struct result *out)
{
	size_t rows = q->top ? q->top : TOP_ROWS;
	struct table *t = &out->table;
	struct sites s;
	int err;

	if (q->nr_sides > 1)
		return compare_table(q, true, t);
	t->title = top_title(q->metric);
	t->empty = "nothing";
	if (q->by == BY_THREAD)
		return threads_table(q, t);
	err = sites_add_up(q, &s);
	if (!err && weigh_period(q).instant)
		err = find_peaks(q, rows, &s);
	if (err)
		return err;
	return sites_table(q, &s, SITES_TOP, rows, t);
}
