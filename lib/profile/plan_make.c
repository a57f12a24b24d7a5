/* SPDX-License-Identifier: MIT */

/* Parts of the log are added up by threads, and joined in its order. */

#include <errno.h>
#include <stdlib.h>

#include "pass.h"
#include "plan.h"

struct item {
	struct pass_item pass;
	struct plan_part part;
};

/* Threads need nothing of their own: any address but NULL. */
static void *open_worker(void *arg)
{
	return arg;
}

static void close_worker(void *worker)
{
	(void)worker;
}

static int work(void *worker, struct reader_part *part, struct pass_line *line)
{
	struct item *item = calloc(1, sizeof(*item));
	struct plan_part sum = {0};
	const struct reader_event *events;
	size_t n;
	int error;

	(void)worker;
	if (!item)
		return -ENOMEM;
	while ((error = reader_part_read(part, &events, &n)) == 0 && n > 0)
		plan_add(&sum, events, n);
	item->part = sum;
	if (error == 0)
		return pass_give(line, &item->pass);
	free(item);
	return error;
}

static int take(void *arg, struct pass_item *item)
{
	plan_join(arg, &((struct item *)item)->part);
	free(item);
	return 0;
}

static void drop(void *arg, struct pass_item *item)
{
	(void)arg;
	free(item);
}

int plan_make(struct reader *r, unsigned jobs,
	      const struct heapprof_listener *listener, struct plan *p)
{
	struct pass_options options = {
		.reader = r,
		.listener = listener,
		.jobs = jobs,
		.doing = "reading",
		.nr_events = &p->events,
		.nr_parts = UINT64_MAX,
		.stoppable = true,
		.open = open_worker,
		.close = close_worker,
		.work = work,
		.take = take,
		.drop = drop,
		.arg = p,
	};
	int error = -EBADMSG;

	/* Again if the log turns out to be damaged, with more care then. */
	for (int i = 0; i < 2 && error == -EBADMSG; i++) {
		uint64_t nr_parts;

		*p = (struct plan){0};
		error = pass_run(&options, &nr_parts, &p->stopped);
	}
	plan_end(p);
	return error;
}
