/* SPDX-License-Identifier: MIT */
/*
 * One loop over all running children: it waits a moment for any of them, takes
 * what they wrote, ends those that are through, hands on the modules whose turn
 * it is and starts others.  Modules with the most addresses start first, so
 * that the longest is not left to the end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#include "jobs.h"
#include "lookup.h"
#include "lookup_job.h"
#include "say.h"

#define TICK_MS 100
/* A download may well be silent for longer. */
#define PATIENCE_MS 120000u
#define PATIENCE_DOWNLOAD_MS 1800000u

struct lookup {
	const struct lookup_options *options;
	struct lookup_job *jobs; /* by module */
	size_t nr;
	size_t *order; /* in which they start */
	size_t started;
	size_t delivered;
	struct lookup_job **running;
	struct pollfd *polled; /* of `running` */
	size_t nr_running, max_running;
	uint64_t nr_done; /* addresses of jobs that have ended */
	bool enough;	  /* nothing more is to be looked up */
};

static int compare_sizes(const void *a, const void *b, void *arg)
{
	const size_t *x = a, *y = b;
	const struct lookup_module *modules = arg;

	if (modules[*x].nr != modules[*y].nr)
		return modules[*x].nr > modules[*y].nr ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static int init(struct lookup *l, const struct lookup_module *modules,
		size_t nr, const struct lookup_options *options)
{
	size_t max = jobs_number(options->jobs);

	*l = (struct lookup){.options = options, .nr = nr};
	l->max_running = MAX(MIN(max, nr), 1);
	l->jobs = calloc(MAX(nr, 1), sizeof(*l->jobs));
	l->order = calloc(MAX(nr, 1), sizeof(*l->order));
	l->running = calloc(l->max_running, sizeof(*l->running));
	l->polled = calloc(l->max_running, sizeof(*l->polled));
	for (size_t i = 0; l->jobs && i < nr; i++) {
		l->jobs[i].module = &modules[i];
		l->jobs[i].options = options;
		l->jobs[i].child.fd = -1;
	}
	if (!l->jobs || !l->order || !l->running || !l->polled)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		l->order[i] = i;
	qsort_r(l->order, nr, sizeof(*l->order), compare_sizes,
		(void *)(uintptr_t)modules);
	return 0;
}

static void fini(struct lookup *l)
{
	for (size_t i = 0; l->jobs && i < l->nr; i++)
		lookup_job_fini(&l->jobs[i]);
	free(l->jobs);
	free(l->order);
	free(l->running);
	free(l->polled);
}

static int start_more(struct lookup *l)
{
	while (l->started < l->nr && l->nr_running < l->max_running) {
		struct lookup_job *job = &l->jobs[l->order[l->started]];
		int error = 0;

		if (l->enough || job->module->nr == 0)
			lookup_job_give_up(job, NULL);
		else
			error = lookup_job_start(job);
		/* Of what is missing, a child that ends gives some back. */
		if (error && l->nr_running > 0)
			return 0;
		if (error)
			error = lookup_job_do_here(job);
		if (error)
			return error;
		l->started++;
		if (!job->ended)
			l->running[l->nr_running++] = job;
		else
			l->nr_done += job->module->nr;
	}
	return 0;
}

/* Milliseconds since @since, which becomes now. */
static unsigned elapsed_ms(struct timespec *since)
{
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)(now.tv_sec - since->tv_sec) * 1000 +
	     (now.tv_nsec - since->tv_nsec) / 1000000;
	/* All of us were stopped, perhaps: that is not the child's fault. */
	if (ms > 0)
		*since = now;
	return (unsigned)MAX(MIN(ms, 10 * TICK_MS), 0);
}

static unsigned patience(const struct lookup_options *o)
{
	if (o->patience_ms)
		return o->patience_ms;
	return o->symbols.debuginfod ? PATIENCE_DOWNLOAD_MS : PATIENCE_MS;
}

static void remove_ended(struct lookup *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nr_running; i++)
		if (l->running[i]->ended)
			l->nr_done += l->running[i]->module->nr;
		else
			l->running[n++] = l->running[i];
	l->nr_running = n;
}

static int attend(struct lookup *l, struct timespec *last)
{
	unsigned ms;
	int error = 0;

	if (l->nr_running == 0)
		return 0;
	for (size_t i = 0; i < l->nr_running; i++)
		l->polled[i] = (struct pollfd){.fd = l->running[i]->child.fd,
					       .events = POLLIN};
	if (poll(l->polled, l->nr_running, TICK_MS) < 0)
		for (size_t i = 0; i < l->nr_running; i++)
			l->polled[i].revents = 0;
	ms = elapsed_ms(last);
	for (size_t i = 0; i < l->nr_running && error == 0; i++)
		error = l->polled[i].revents
				? lookup_job_read(l->running[i])
				: lookup_job_idle(l->running[i], ms,
						  patience(l->options));
	remove_ended(l);
	return error;
}

static int deliver(struct lookup *l, lookup_fn *fn, void *arg)
{
	int error = 0;

	while (l->delivered < l->nr && error == 0) {
		struct lookup_job *job = &l->jobs[l->delivered];

		if (!job->ended)
			break;
		lookup_job_warn(job);
		error = fn(arg, l->delivered++,
			   job->answers.ended ? &job->answers : NULL);
		lookup_job_fini(job);
	}
	return error;
}

static void stop(struct lookup *l)
{
	l->enough = true;
	for (size_t i = 0; i < l->nr_running; i++)
		lookup_job_give_up(l->running[i], NULL);
	remove_ended(l);
}

static uint64_t count_done(const struct lookup *l)
{
	uint64_t n = l->nr_done;

	for (size_t i = 0; i < l->nr_running; i++)
		n += l->running[i]->answers.nr_known;
	return n;
}

int lookup_modules(const struct lookup_module *modules, size_t nr,
		   const struct lookup_options *options,
		   const struct heapprof_listener *listener, lookup_fn *fn,
		   void *arg)
{
	/* One who stopped the reading still wants names. */
	bool stopped_before = say_stop(listener);
	struct say_progress progress;
	struct timespec last;
	struct lookup l;
	uint64_t total = 0;
	int error = init(&l, modules, nr, options);

	for (size_t i = 0; i < nr; i++)
		total += modules[i].nr;
	clock_gettime(CLOCK_MONOTONIC, &last);
	say_begin(&progress, listener, "symbols", "addresses", total);
	while (error == 0 && l.delivered < nr) {
		if (!l.enough && !stopped_before && say_stop(listener))
			stop(&l);
		error = start_more(&l);
		if (error == 0)
			error = attend(&l, &last);
		if (error == 0)
			error = deliver(&l, fn, arg);
		say_at(&progress, count_done(&l), 0);
	}
	say_done(&progress);
	fini(&l);
	return error;
}
