/* SPDX-License-Identifier: MIT */

/*
 * Merges the events of the processes by time.  A heap has each process by what
 * is due next: that it starts, when its log is opened; an event; that it ends.
 * So no more logs are open than processes lived at a time.
 *
 * A sum counts when time moves on, after all events of one time.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plan.h"
#include "reader.h"
#include "say.h"
#include "totals.h"
#include "weight.h"

struct stream {
	struct totals_process *process;
	struct reader *reader; /* NULL: it has not started, or has ended */
	const struct reader_event *events;
	size_t at, nr; /* in the batch */
	bool started;
	uint64_t due_ns;
	struct hpc_sum live;
	int64_t noise; /* see plan.h */
};

struct summer {
	const struct heapprof_listener *listener;
	struct totals *totals;
	const uint64_t *times;
	size_t nr_times, at; /* the next one */
	struct stream *streams;
	struct stream **heap; /* by due time, then start */
	size_t nr_heap;
	uint64_t now_ns;
	struct hpc_sum live;
	struct hpc_sum max;	     /* since the last of `times` */
	int64_t noise, above, below; /* as in struct plan_total */
};

static bool earlier(const struct stream *a, const struct stream *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a < b;
}

static void sift_down(struct summer *s, size_t i)
{
	struct stream *moved = s->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < s->nr_heap &&
		    earlier(s->heap[child + 1], s->heap[child]))
			child++;
		if (child >= s->nr_heap || !earlier(s->heap[child], moved))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = moved;
}

/* As weight_add(): only made-up files overflow. */
static int64_t add(int64_t a, int64_t b, int sign)
{
	return (int64_t)((uint64_t)a + (uint64_t)sign * (uint64_t)b);
}

/* What has been at @now_ns is final. */
static void settle(struct summer *s)
{
	struct totals *t = s->totals;

	s->above = MAX(s->above, add(s->live.bytes, s->noise, 1));
	s->below = MAX(s->below, add(s->live.bytes, s->noise, -1));
	if (s->live.bytes > s->max.bytes)
		s->max = s->live;
	if (s->live.bytes <= t->peak.bytes)
		return;
	t->peak = s->live;
	t->peak_ns = s->now_ns;
}

static void move_on(struct summer *s, uint64_t time_ns)
{
	settle(s);
	for (; s->at < s->nr_times && time_ns > s->times[s->at]; s->at++) {
		s->totals->max[s->at] = s->max;
		s->max = s->live;
	}
	s->now_ns = time_ns;
}

static void apply(struct summer *s, struct stream *of,
		  const struct reader_event *e)
{
	const struct hpc_sum *w = e->block ? &e->block->weight : NULL;
	int64_t noise;

	if (!w)
		return;
	noise = plan_noise(e);
	s->noise = add(s->noise, noise, e->kind == HPD_ALLOC ? 1 : -1);
	of->noise = add(of->noise, noise, e->kind == HPD_ALLOC ? 1 : -1);
	if (e->kind == HPD_ALLOC) {
		weight_add(&s->live, w);
		weight_add(&of->live, w);
	} else {
		weight_subtract(&s->live, w);
		weight_subtract(&of->live, w);
	}
	if (of->live.bytes > of->process->most.bytes)
		of->process->most = of->live;
}

/* Finds what is due next; nothing more than its end once the log is through. */
static int find_due(struct stream *st)
{
	int error = 0;

	if (st->at == st->nr) {
		st->at = 0;
		error = reader_next(st->reader, &st->events, &st->nr);
	}
	if (st->nr > 0)
		st->due_ns = st->process->start_ns + st->events[st->at].time_ns;
	/* A log that has grown since is read no further. */
	if (st->nr == 0 || st->due_ns > st->process->end_ns) {
		st->nr = st->at = 0;
		st->due_ns = st->process->end_ns;
		st->due_ns += st->due_ns != UINT64_MAX;
	}
	return error;
}

static int start(struct summer *s, struct stream *st)
{
	int error = reader_open(st->process->base, s->listener, &st->reader);

	st->started = true;
	return error ? error : find_due(st);
}

static void end(struct summer *s, struct stream *st)
{
	weight_subtract(&s->live, &st->live);
	s->noise = add(s->noise, st->noise, -1);
	reader_close(st->reader);
	st->reader = NULL;
	s->heap[0] = s->heap[--s->nr_heap];
}

/* All that is due of the process at the top before another one's. */
static int take_top(struct summer *s)
{
	struct stream *st = s->heap[0];
	int error = 0;

	if (st->due_ns > s->now_ns)
		move_on(s, st->due_ns);
	if (!st->started) {
		error = start(s, st);
	} else if (st->nr == 0) {
		end(s, st);
	} else {
		apply(s, st, &st->events[st->at++]);
		error = find_due(st);
	}
	if (error == 0 && s->nr_heap > 0)
		sift_down(s, 0);
	return error;
}

static int sum_up(struct summer *s, size_t nr)
{
	struct say_progress progress;
	uint64_t events = 0;
	int error = 0;

	/* By start: that is a heap already. */
	for (size_t i = 0; i < nr; i++)
		s->heap[s->nr_heap++] = &s->streams[i];
	say_begin(&progress, s->listener, "adding up", "processes", nr);
	while (error == 0 && s->nr_heap > 0 &&
	       s->heap[0]->due_ns != UINT64_MAX) {
		error = take_top(s);
		say_at(&progress, nr - s->nr_heap, ++events);
		if (error == 0 && events % 4096 == 0 && say_stop(s->listener))
			error = -EINTR;
	}
	say_done(&progress);
	move_on(s, UINT64_MAX);
	s->totals->peak_rise =
		MAX((int64_t)(((__int128)s->above + s->below) / 2 -
			      s->totals->peak.bytes),
		    0);
	return error;
}

int totals_find(struct totals *t, struct totals_process *processes, size_t nr,
		const uint64_t *times, size_t nr_times,
		const struct heapprof_listener *listener)
{
	struct summer s = {.listener = listener,
			   .totals = t,
			   .times = times,
			   .nr_times = nr_times};
	int error = -ENOMEM;

	*t = (struct totals){0};
	t->max = calloc(nr_times + 1, sizeof(*t->max));
	s.streams = calloc(nr + 1, sizeof(*s.streams));
	s.heap = calloc(nr + 1, sizeof(struct stream *));
	if (t->max && s.streams && s.heap) {
		for (size_t i = 0; i < nr; i++) {
			processes[i].most = (struct hpc_sum){0};
			s.streams[i] = (struct stream){
				.process = &processes[i],
				.due_ns = processes[i].start_ns};
		}
		error = sum_up(&s, nr);
	}
	for (size_t i = 0; s.streams && i < nr; i++)
		reader_close(s.streams[i].reader);
	free(s.streams);
	free(s.heap);
	if (error == -ENOMEM)
		say_error(listener, error, "out of memory");
	return error;
}

void totals_fini(struct totals *t)
{
	free(t->max);
	*t = (struct totals){0};
}
