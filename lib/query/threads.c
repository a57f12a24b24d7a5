/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "query.h"
#include "threads.h"
#include "weigh.h"

/*
 * The digest keeps figures by thread for the whole run, for the peak and for
 * the end.  What a thread holds is what it allocated, whoever frees it.
 */

struct rank {
	struct sum key;
	double weight;
	const struct digest_thread *thread;
};

static int compare_ranks(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static struct sum choose(const struct query *q, const struct digest_thread *t)
{
	struct sum s;

	switch (q->metric) {
	case METRIC_LIVE:
	case METRIC_LIVE_COUNT:
		return q->at == q->digest->peak ? t->peak_live : t->end_live;
	case METRIC_FREED:
		return t->freed;
	case METRIC_RATE:
		s = t->allocated;
		weigh_rate(q, &s);
		return s;
	default:
		return t->allocated;
	}
}

/* The threads, the heaviest first. */
static struct rank *rank_threads(const struct query *q, size_t *n)
{
	const struct digest *d = q->digest;
	struct rank *rank = arena_alloc(q->arena, d->nr_threads, sizeof(*rank));

	*n = 0;
	for (size_t i = 1; rank && i < d->nr_threads; i++) {
		struct sum s = choose(q, &d->threads[i]);

		rank[(*n)++] = (struct rank){s, weigh_value(&s, q->metric),
					     &d->threads[i]};
	}
	if (rank)
		qsort(rank, *n, sizeof(*rank), compare_ranks);
	return rank;
}

static struct place place_of(const struct digest_thread *t)
{
	return (struct place){.kind = PLACE_THREAD,
			      .thread = t->name && *t->name ? t->name : NULL,
			      .tid = t->tid};
}

/* All that is known of a thread, or just the metric that was asked for. */
static void fill_cells(const struct query *q, const struct digest_thread *t,
		       bool all, struct estimate *cells)
{
	if (!all) {
		struct sum s = choose(q, t);

		cells[0] = weigh_estimate(&s, q->metric);
		cells[1] = cells[0];
		return;
	}
	cells[0] = weigh_bytes(&t->allocated);
	cells[1] = (struct estimate){(double)t->seen, 0};
	cells[2] = weigh_bytes(&t->freed);
	cells[3] = weigh_bytes(&t->peak_live);
	cells[4] = weigh_bytes(&t->end_live);
}

static int fill_rows(const struct query *q, const struct rank *rank, size_t n,
		     bool all, struct table *t)
{
	struct sum rest = {0}, uncertain = {0}, total = {0};
	struct row *rows = arena_alloc(q->arena, n, sizeof(*rows));
	size_t limit = q->top ? q->top : n;
	bool fold;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		weigh_add(&total, &rank[i].key);
	fold = !all && weigh_folds(q, &total);
	for (size_t i = 0; i < n; i++) {
		struct estimate e = weigh_estimate(&rank[i].key, q->metric);
		struct estimate *cells;

		if (fold && weigh_uncertain(e)) {
			weigh_add(&uncertain, &rank[i].key);
			t->nr_rest[REST_UNCERTAIN]++;
			continue;
		}
		if (t->nr_rows >= limit ||
		    rank[i].key.bytes < (double)q->min_size ||
		    (!all && rank[i].weight == 0)) {
			weigh_add(&rest, &rank[i].key);
			t->nr_rest[REST_ROWS] += rank[i].weight != 0;
			continue;
		}
		cells = arena_alloc(q->arena, t->nr_columns, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		fill_cells(q, rank[i].thread, all, cells);
		rows[t->nr_rows].uncertain = weigh_uncertain(e);
		rows[t->nr_rows].place = place_of(rank[i].thread);
		rows[t->nr_rows++].cells = cells;
	}
	t->rows = rows;
	t->total = weigh_total(q, &total);
	t->count = weigh_total_count(q, &total);
	t->rest[REST_ROWS] = weigh_estimate(&rest, q->metric);
	t->rest[REST_UNCERTAIN] = weigh_estimate(&uncertain, q->metric);
	weigh_add(&rest, &uncertain);
	t->other = weigh_estimate(&rest, q->metric);
	return 0;
}

int threads_query(const struct query *q, struct result *out)
{
	static const struct column columns[] = {
		{"allocated", "allocated", UNIT_BYTES, COLUMN_ALWAYS},
		{"seen", "times", UNIT_COUNT, COLUMN_ALWAYS},
		{"freed", "freed", UNIT_BYTES, COLUMN_WIDE},
		{"peak_live", "at the peak", UNIT_BYTES, COLUMN_ALWAYS},
		{"end_live", "at the end", UNIT_BYTES, COLUMN_ALWAYS},
	};
	struct table *t = &out->table;
	struct query allocated = *q;
	struct rank *rank;
	size_t n;

	allocated.metric = METRIC_ALLOCATED;
	t->title = "Threads, by the bytes they allocated";
	t->empty = "no thread allocated anything";
	t->columns = columns;
	t->nr_columns = ARRAY_SIZE(columns);
	t->period = (struct period){false, 0, q->digest->duration_ns};
	rank = rank_threads(&allocated, &n);
	return rank ? fill_rows(&allocated, rank, n, true, t) : -ENOMEM;
}

int threads_table(const struct query *q, struct table *out)
{
	static const struct column columns[][2] = {
		[UNIT_BYTES] = {{"self", "bytes", UNIT_BYTES, 0},
				{"cumulative", "", UNIT_BYTES, COLUMN_DATA}},
		[UNIT_RATE] = {{"self", "bytes", UNIT_RATE, 0},
			       {"cumulative", "", UNIT_RATE, COLUMN_DATA}},
		[UNIT_COUNT] = {{"self", "blocks", UNIT_COUNT, 0},
				{"cumulative", "", UNIT_COUNT, COLUMN_DATA}},
	};
	struct rank *rank;
	size_t n;

	out->metric = query_metric_name(q->metric);
	out->period = weigh_period(q);
	out->columns = columns[weigh_unit(q->metric)];
	out->nr_columns = 2;
	rank = rank_threads(q, &n);
	return rank ? fill_rows(q, rank, n, false, out) : -ENOMEM;
}
