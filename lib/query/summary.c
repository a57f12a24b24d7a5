/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"

#include "processes.h"
#include "query.h"
#include "sites.h"
#include "timeline.h"
#include "weigh.h"

#define SUMMARY_ROWS 6u

static struct amount amount_of(uint64_t time_ns, const struct sum *s)
{
	return (struct amount){time_ns, weigh_bytes(s), weigh_count(s)};
}

/*
 * All that was allocated in the run.  The recorder counts what it does not
 * record, too, so this is exact where the sum over the traces is an estimate;
 * unless a part of the log is missing, for then the two are of different times.
 */
static struct sum all_allocated(const struct digest *d)
{
	if (d->seen < d->recorded || d->lost_events > 0 ||
	    d->damaged_bytes > 0 || d->shortened || d->seen == 0)
		return d->instants[d->nr_instants - 1].allocated;
	return (struct sum){.bytes = (double)d->seen_bytes,
			    .count = (double)d->seen};
}

static void fill_amounts(const struct query *q, struct page *page)
{
	const struct digest *d = q->digest;
	const struct digest_instant *at = &d->instants[q->at];
	const struct digest_instant *to = &d->instants[q->to];
	struct sum run = all_allocated(d);
	struct sum allocated = run, left = to->live;

	if (weigh_is_left(q, q->to))
		left = weigh_less(to->allocated, &to->freed);
	if (q->ranged)
		allocated = weigh_less(to->allocated,
				       &d->instants[q->from].allocated);
	page->allocated = amount_of(to->time_ns, &allocated);
	page->peak = amount_of(at->time_ns, &at->live);
	page->peak.bytes = weigh_total(q, &at->live);
	page->peak.count = weigh_total_count(q, &at->live);
	page->end = amount_of(to->time_ns, &left);
	page->run_count = weigh_count(&run);
	page->temporary = weigh_count(&d->temporary);
}

/* Who has @metric, at @at where that is of an instant. */
static int fill_table(const struct query *q, struct sites *sites,
		      enum metric metric, size_t at, struct table *out)
{
	size_t limit = q->top ? q->top : SUMMARY_ROWS;
	struct query part = *q;
	int err;

	part.metric = metric;
	part.at = at;
	err = weigh_again(&part, &sites->weights);
	if (!err)
		err = sites_sum_first(&part, limit, sites);
	return err ? err : sites_table(&part, sites, SITES_SELF, limit, out);
}

/* Of several processes, which share the peak. */
static int fill_processes(const struct query *q, struct page *page,
			  struct table *t)
{
	if (!q->digest->nr_processes || q->at != q->digest->peak)
		return 0;
	page->nr_tables++;
	return processes_table(q, t);
}

static int fill_tables(const struct query *q, struct page *page)
{
	struct table *t = arena_alloc(q->arena, 4, sizeof(*t));
	struct sites sites = {0};
	int err;

	if (!t)
		return -ENOMEM;
	page->tables = t;
	err = fill_processes(q, page, t);
	t += page->nr_tables;
	page->nr_tables += 3;
	t[0].key = "peak_rows";
	t[0].title = q->at == q->digest->peak ? "Who held the peak"
					      : "Who held it then";
	t[0].empty = "nobody: nothing was live";
	t[1].key = "end_rows";
	t[1].title = q->ranged ? "Who held it at the end of that"
		     : q->digest->nr_processes
			     ? "Who had not freed it when its process ended"
			     : "Who held memory at the end";
	t[1].empty = "nobody: all that was recorded had been freed";
	t[2].key = "allocated_rows";
	t[2].title = "Who allocated most";
	t[2].empty = "nobody allocated anything";
	if (!err)
		err = places_group(q, &sites.places);
	if (!err)
		err = places_find(q, &sites.places);
	if (!err)
		err = fill_table(q, &sites, METRIC_LIVE, q->at, &t[0]);
	if (!err)
		err = fill_table(q, &sites, METRIC_LIVE, q->to, &t[1]);
	if (!err)
		err = fill_table(q, &sites, METRIC_ALLOCATED, q->at, &t[2]);
	if (!err && !q->ranged && q->digest->nr_instants) {
		t[2].total = page->allocated.bytes;
		t[2].count = page->allocated.count;
	}
	return err;
}

int summary_query(const struct query *q, struct result *out)
{
	struct page *page = &out->page;
	int err = timeline_heap(q, &page->heap);

	if (err)
		return err;
	if (q->digest->nr_instants)
		fill_amounts(q, page);
	return fill_tables(q, page);
}
