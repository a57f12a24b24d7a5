/* SPDX-License-Identifier: MIT */

/*
 * Parts of the log are added up by threads, and joined in its order.
 *
 * Where all was recorded, that is done without putting their events in order,
 * which is faster.  Then it is known how high each part is at some times, and a
 * bound of it in between; those parts that may have the peak are read once
 * more, in order.
 */

#include <errno.h>
#include <stdlib.h>

#include "list.h"

#include "pass.h"
#include "plan.h"

/* What is known of a part that was only added up. */
struct guess {
	uint64_t start; /* live at its start */
	int64_t bound;	/* of its peak, relative to that */
	bool known;	/* it is the peak itself */
};

struct maker {
	struct plan *plan;
	bool sums;	       /* parts are only added up at first */
	struct guess *guesses; /* by part; then */
	size_t nr, room;
	int64_t peak; /* that was known before the second look */
};

struct item {
	struct pass_item pass;
	uint64_t number; /* of the part */
	struct plan_part part;
	struct guess guess; /* without `start` */
};

/* Threads need nothing of their own. */
static void *open_worker(void *maker)
{
	return maker;
}

static void close_worker(void *maker)
{
	(void)maker;
}

static int read_events(struct reader_part *part, struct item *item)
{
	struct plan_part sum = {0};
	const struct reader_event *events;
	size_t n;
	int error;

	while ((error = reader_part_read(part, &events, &n)) == 0 && n > 0)
		plan_add(&sum, events, n);
	item->part = sum;
	return error;
}

static int add_up(struct reader_part *part, struct item *item)
{
	struct reader_sums s;
	int error = reader_part_sums(part, &s);

	item->part = (struct plan_part){
		.events = s.events,
		.recorded = s.recorded,
		.frees = s.frees,
		.peak_event = s.top,
		.last_ns = s.last_ns,
		.total = {.live = s.live, .peak = s.reached},
	};
	item->guess = (struct guess){.bound = s.bound, .known = s.top_known};
	return error;
}

/* Gives what @read makes of @part. */
static int give(struct pass_line *line, struct reader_part *part,
		int (*read)(struct reader_part *, struct item *))
{
	struct item *item = calloc(1, sizeof(*item));
	int error;

	if (!item)
		return -ENOMEM;
	item->number = pass_number(line);
	error = read(part, item);
	if (error == 0)
		return pass_give(line, &item->pass);
	free(item);
	return error;
}

static void drop(void *maker, struct pass_item *item)
{
	(void)maker;
	free(item);
}

static int work(void *maker, struct reader_part *part, struct pass_line *line)
{
	const struct maker *m = maker;

	return give(line, part, m->sums ? add_up : read_events);
}

static int keep_guess(struct maker *m, const struct guess *g)
{
	struct guess *p = list_grow(m->guesses, m->nr, &m->room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	m->guesses = p;
	p[m->nr] = *g;
	p[m->nr++].start = m->plan->total.live;
	return 0;
}

static int take(void *maker, struct pass_item *pass)
{
	struct item *item = (struct item *)pass;
	struct maker *m = maker;
	int error = m->sums ? keep_guess(m, &item->guess) : 0;

	if (error == 0)
		plan_join(m->plan, &item->part);
	free(item);
	return error;
}

/* May the peak be where nobody has looked? */
static bool may_have_peak(const struct maker *m, const struct guess *g)
{
	return !g->known && (__int128)(int64_t)g->start + g->bound >= m->peak;
}

/*
 * What was damaged is told by the last pass over it, unless a pass has been
 * through the whole log.
 */
static int look(void *maker, struct reader_part *part, struct pass_line *line)
{
	const struct maker *m = maker;

	if (!m->plan->stopped &&
	    !may_have_peak(m, &m->guesses[pass_number(line)]))
		return 0;
	return give(line, part, read_events);
}

static int take_peak(void *maker, struct pass_item *pass)
{
	struct item *item = (struct item *)pass;
	struct maker *m = maker;

	plan_raise(m->plan, item->number, m->guesses[item->number].start,
		   &item->part);
	free(item);
	return 0;
}

/* Looks again where the peak may be. */
static int find_peak(struct maker *m, struct pass_options *o)
{
	uint64_t nr_parts;
	bool stopped, any = false;

	m->peak = m->plan->total.peak;
	for (size_t i = 0; i < m->nr; i++)
		any |= may_have_peak(m, &m->guesses[i]);
	if (!any)
		return 0;
	o->nr_parts = m->nr;
	o->stoppable = false;
	o->work = look;
	o->take = take_peak;
	return pass_run(o, &nr_parts, &stopped);
}

static int read_log(struct maker *m, struct pass_options o)
{
	uint64_t nr_parts;
	int error = pass_run(&o, &nr_parts, &m->plan->stopped);

	return error ? error : find_peak(m, &o);
}

int plan_make(struct reader *r, unsigned jobs,
	      const struct heapprof_listener *listener, struct plan *p)
{
	struct maker m = {.plan = p, .sums = reader_has_sums(r)};
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
		.arg = &m,
	};
	int error = -EBADMSG;

	/* Again if the log turns out to be damaged, with more care then. */
	for (int i = 0; i < 2 && error == -EBADMSG; i++) {
		*p = (struct plan){0};
		m.nr = 0;
		error = read_log(&m, options);
	}
	free(m.guesses);
	plan_end(p);
	return error;
}
