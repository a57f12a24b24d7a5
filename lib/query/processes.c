/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "processes.h"
#include "weigh.h"

#define PROCESS_ROWS 10u

static int compare_processes(const void *x, const void *y)
{
	const struct digest_process *a =
		*(const struct digest_process *const *)x;
	const struct digest_process *b =
		*(const struct digest_process *const *)y;

	if (a->peak_live.bytes != b->peak_live.bytes)
		return a->peak_live.bytes < b->peak_live.bytes ? 1 : -1;
	if (a->most.bytes != b->most.bytes)
		return a->most.bytes < b->most.bytes ? 1 : -1;
	return a < b ? -1 : a > b;
}

static int fill_row(const struct query *q, const struct digest_process *p,
		    struct row *row)
{
	struct estimate *cells = arena_alloc(q->arena, 4, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	cells[0] = weigh_bytes(&p->peak_live);
	cells[1] = weigh_bytes(&p->most);
	cells[2] = weigh_bytes(&p->allocated);
	cells[3] = weigh_bytes(&p->end_live);
	row->cells = cells;
	row->uncertain = weigh_uncertain(cells[0]);
	row->place = (struct place){
		.kind = PLACE_PROCESS, .thread = p->program, .tid = p->pid};
	return 0;
}

int processes_table(const struct query *q, struct table *out)
{
	static const struct column columns[] = {
		{"self", "bytes", UNIT_BYTES, COLUMN_ALWAYS},
		{"most", "own peak", UNIT_BYTES, COLUMN_ALWAYS},
		{"allocated", "allocated", UNIT_BYTES, COLUMN_MEDIUM},
		{"end", "at its end", UNIT_BYTES, COLUMN_MEDIUM},
	};
	const struct digest *d = q->digest;
	size_t limit = q->top ? q->top : PROCESS_ROWS;
	const struct digest_process **order =
		arena_alloc(q->arena, d->nr_processes, sizeof(*order));
	struct row *rows =
		arena_alloc(q->arena, d->nr_processes, sizeof(*rows));
	struct sum total = {0}, rest = {0};
	int err = order && rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->nr_processes && !err; i++)
		order[i] = &d->processes[i];
	if (!err)
		qsort(order, d->nr_processes, sizeof(*order),
		      compare_processes);
	for (size_t i = 0; i < d->nr_processes && !err; i++) {
		weigh_add(&total, &order[i]->peak_live);
		if (i < limit)
			err = fill_row(q, order[i], &rows[out->nr_rows++]);
		else
			weigh_add(&rest, &order[i]->peak_live);
	}
	out->title = "Which processes held the peak";
	out->key = "process_rows";
	out->metric = query_metric_name(METRIC_LIVE);
	out->period = weigh_period(q);
	out->columns = columns;
	out->nr_columns = ARRAY_SIZE(columns);
	out->rows = rows;
	out->total = weigh_total(q, &total);
	out->count = weigh_total_count(q, &total);
	out->nr_rest[REST_ROWS] = d->nr_processes - out->nr_rows;
	out->rest[REST_ROWS] = out->other = weigh_bytes(&rest);
	return err;
}

int processes_list(const struct query *q, struct basis *out)
{
	const struct digest *d = q->digest;
	struct relative *all =
		arena_alloc(q->arena, d->nr_processes, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_processes; i++) {
		const struct digest_process *p = &d->processes[i];

		all[i] = (struct relative){
			.pid = p->pid,
			.parent_pid = d->processes[p->parent].pid,
			.program = p->program,
			.base = p->base,
			.start_ns = p->start_ns,
			.end_ns = MIN(p->end_ns, d->duration_ns),
			.allocated = weigh_bytes(&p->allocated),
			.peak = weigh_bytes(&p->peak_live),
			.most = weigh_bytes(&p->most),
			.end = weigh_bytes(&p->end_live),
		};
	}
	out->processes = all;
	out->nr_processes = d->nr_processes;
	return 0;
}
