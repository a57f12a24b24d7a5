/* SPDX-License-Identifier: MIT */

/*
 * A line for each part that is being worked on, in a ring: threads fill lines,
 * the caller empties the first.  One lock is for all of that; parts are large.
 * The signals of the program are for the caller's thread.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "pass.h"
#include "say.h"

/* Bytes that a line holds before its thread waits for them to be taken. */
#define LINE_SIZE ((size_t)16 << 20)

struct pass_line {
	struct pass *pass;
	struct pass_item *first, **last;
	size_t size;	   /* of the items */
	uint64_t number;   /* of the part */
	uint64_t position; /* in the log, at its end */
	bool ended;
	int error;
};

struct pass {
	const struct pass_options *o;
	struct say_progress progress;
	pthread_mutex_t lock;	 /* of all that follows */
	pthread_cond_t given;	 /* there is something to be taken */
	pthread_cond_t taken;	 /* and room again */
	struct pass_line *lines; /* a ring, by number of the part */
	unsigned nr_lines;
	uint64_t next; /* the part that will be worked on */
	uint64_t head; /* the one that is being taken */
	bool ended;    /* `next` is one more than the last */
	bool broken;   /* there is an error, or no need for more */
};

struct thread {
	struct pass *pass;
	void *worker;
	struct reader_part *part;
	pthread_t id;
};

static struct pass_line *line_of(struct pass *p, uint64_t number)
{
	return &p->lines[number % p->nr_lines];
}

static void empty_line(struct pass_line *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->size = 0;
}

static void start_line(struct pass_line *l, uint64_t number, uint64_t position)
{
	empty_line(l);
	l->number = number;
	l->position = position;
	l->ended = false;
	l->error = 0;
}

/* The next part, and a line for it.  1; 0: there is none; or an error. */
static int start_part(struct thread *t, struct pass_line **line)
{
	struct pass *p = t->pass;
	uint64_t position = 0;
	int status = 0;

	pthread_mutex_lock(&p->lock);
	while (p->next - p->head == p->nr_lines && !p->broken && !p->ended)
		pthread_cond_wait(&p->taken, &p->lock);
	if (!p->broken && !p->ended && p->next < p->o->nr_parts)
		status = reader_part_next(t->part, &position);
	if (status != 0) {
		*line = line_of(p, p->next);
		start_line(*line, p->next++, position);
	}
	p->ended |= status <= 0;
	if (p->ended) {
		pthread_cond_broadcast(&p->given);
		pthread_cond_broadcast(&p->taken);
	}
	pthread_mutex_unlock(&p->lock);
	return status;
}

static void end_line(struct pass_line *l, int error)
{
	struct pass *p = l->pass;

	pthread_mutex_lock(&p->lock);
	l->error = error;
	l->ended = true;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}

uint64_t pass_number(const struct pass_line *line)
{
	return line->number;
}

int pass_give(struct pass_line *l, struct pass_item *item)
{
	struct pass *p = l->pass;
	bool broken;

	if (p->nr_lines == 1)
		return p->o->take(p->o->arg, item);
	pthread_mutex_lock(&p->lock);
	while (l->size >= LINE_SIZE && !p->broken)
		pthread_cond_wait(&p->taken, &p->lock);
	item->next = NULL;
	*l->last = item;
	l->last = &item->next;
	l->size += item->size;
	broken = p->broken;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
	return broken ? -ECANCELED : 0;
}

static void *run_thread(void *arg)
{
	struct thread *t = arg;
	struct pass_line *l = NULL;
	int status;

	while ((status = start_part(t, &l)) == 1) {
		status = t->pass->o->work(t->worker, t->part, l);
		end_line(l, status);
	}
	if (status < 0)
		end_line(l, status);
	return NULL;
}

/* What is in the line of the head.  False: all has been taken. */
static bool wait_for_items(struct pass *p, struct pass_line *out)
{
	struct pass_line *l;
	bool more;

	pthread_mutex_lock(&p->lock);
	l = line_of(p, p->head);
	while (p->head == p->next ? !p->ended : !l->first && !l->ended)
		pthread_cond_wait(&p->given, &p->lock);
	more = p->head != p->next;
	if (more) {
		*out = *l;
		empty_line(l);
		p->head += l->ended;
		pthread_cond_broadcast(&p->taken);
	}
	pthread_mutex_unlock(&p->lock);
	return more;
}

static void break_off(struct pass *p)
{
	pthread_mutex_lock(&p->lock);
	p->broken = true;
	pthread_cond_broadcast(&p->taken);
	pthread_mutex_unlock(&p->lock);
}

/* A part has been taken whole.  True: there shall be no more. */
static bool note_part(struct pass *p, uint64_t position, uint64_t *nr_parts)
{
	++*nr_parts;
	say_at(&p->progress, position, *p->o->nr_events);
	return p->o->stoppable && say_stop(p->o->listener);
}

static int take_all(struct pass *p, uint64_t *nr_parts, bool *stopped)
{
	const struct pass_options *o = p->o;
	struct pass_line line;
	int error = 0;

	while (wait_for_items(p, &line)) {
		for (struct pass_item *i = line.first, *next; i; i = next) {
			next = i->next;
			if (error || *stopped)
				o->drop(o->arg, i);
			else
				error = o->take(o->arg, i);
		}
		if (!error && !*stopped && line.ended) {
			error = line.error;
			if (!error)
				*stopped =
					note_part(p, line.position, nr_parts);
		}
		if (error || *stopped)
			break_off(p);
	}
	return error;
}

static int work_here(struct thread *t, uint64_t *nr_parts, bool *stopped)
{
	struct pass *p = t->pass;
	struct pass_line *l;
	int status;

	while (!*stopped && (status = start_part(t, &l)) == 1) {
		status = p->o->work(t->worker, t->part, l);
		if (status)
			break;
		p->head++;
		*stopped = note_part(p, l->position, nr_parts);
	}
	return *stopped ? 0 : status;
}

static int open_thread(struct thread *t, struct pass *p)
{
	int error = reader_part_open(p->o->reader, &t->part);

	t->pass = p;
	if (error == 0)
		t->worker = p->o->open(p->o->arg);
	return t->worker ? 0 : -ENOMEM;
}

static void close_threads(struct thread *threads, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		if (threads[i].worker)
			threads[i].pass->o->close(threads[i].worker);
		reader_part_close(threads[i].part);
	}
	free(threads);
}

/* How many could be started. */
static unsigned start_threads(struct thread *threads, unsigned nr)
{
	sigset_t all, before;
	unsigned started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < nr &&
	       pthread_create(&threads[started].id, NULL, run_thread,
			      &threads[started]) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static int work_apart(struct pass *p, struct thread *threads, unsigned nr,
		      uint64_t *nr_parts, bool *stopped)
{
	unsigned started = start_threads(threads, nr);
	int error;

	if (started == 0) {
		p->nr_lines = 1;
		return work_here(threads, nr_parts, stopped);
	}
	error = take_all(p, nr_parts, stopped);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i].id, NULL);
	return error;
}

static int run(struct pass *p, uint64_t *nr_parts, bool *stopped)
{
	unsigned nr = reader_has_parts(p->o->reader) ? p->o->jobs : 1;
	struct thread *threads = calloc(nr, sizeof(*threads));
	int error = 0;

	p->nr_lines = nr > 1 ? 2 * nr : 1;
	p->lines = calloc(p->nr_lines, sizeof(*p->lines));
	if (!threads || !p->lines)
		error = -ENOMEM;
	for (unsigned i = 0; i < p->nr_lines && error == 0; i++)
		p->lines[i].pass = p;
	for (unsigned i = 0; i < nr && error == 0; i++)
		error = open_thread(&threads[i], p);
	if (error == 0)
		error = nr > 1 ? work_apart(p, threads, nr, nr_parts, stopped)
			       : work_here(threads, nr_parts, stopped);
	if (threads)
		close_threads(threads, nr);
	free(p->lines);
	return error;
}

int pass_run(const struct pass_options *o, uint64_t *nr_parts, bool *stopped)
{
	struct pass p = {.o = o};
	int error;

	*nr_parts = 0;
	*stopped = false;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.given, NULL);
	pthread_cond_init(&p.taken, NULL);
	reader_start(o->reader);
	say_begin(&p.progress, o->listener, o->doing, "B",
		  reader_size(o->reader));
	error = run(&p, nr_parts, stopped);
	say_done(&p.progress);
	pthread_cond_destroy(&p.taken);
	pthread_cond_destroy(&p.given);
	pthread_mutex_destroy(&p.lock);
	if (error == 0 && !*stopped && *nr_parts < o->nr_parts)
		reader_end(o->reader);
	return error;
}
