/* SPDX-License-Identifier: MIT */

/*
 * Messages and progress for whoever listens.  Messages name files, modules and
 * functions, and those are called what a profile says: they are shown, and do
 * nothing to a terminal or a log.
 */

#include <stdarg.h>
#include <stdio.h>

#include "utf8.h"

#include "say.h"

#define SECONDS_BETWEEN 0.1

static void say_list(const struct heapprof_listener *listener,
		     enum heapprof_severity severity, const char *format,
		     va_list args)
{
	char text[8192]; /* a path of PATH_MAX and what is wrong with it */
	char shown[4 * sizeof(text)];

	if (!listener || !listener->message)
		return;
	vsnprintf(text, sizeof(text), format, args);
	utf8_escape(shown, sizeof(shown), text, true);
	listener->message(listener->arg, severity, shown);
}

void say(const struct heapprof_listener *listener,
	 enum heapprof_severity severity, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(listener, severity, format, args);
	va_end(args);
}

int say_error(const struct heapprof_listener *listener, int error,
	      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(listener, HEAPPROF_ERROR, format, args);
	va_end(args);
	return error;
}

bool say_stop(const struct heapprof_listener *listener)
{
	return listener && listener->stop && listener->stop(listener->arg);
}

static double elapsed(const struct say_progress *p)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - p->start.tv_sec) +
	       (double)(t.tv_nsec - p->start.tv_nsec) * 1e-9;
}

void say_begin(struct say_progress *p, const struct heapprof_listener *listener,
	       const char *doing, const char *unit, uint64_t total)
{
	*p = (struct say_progress){.listener = listener};
	p->now.doing = doing;
	p->now.unit = unit;
	p->now.total = total;
	clock_gettime(CLOCK_MONOTONIC, &p->start);
}

void say_at(struct say_progress *p, uint64_t done, uint64_t events)
{
	double s;

	p->now.done = done;
	p->now.events = events;
	if (!p->listener || !p->listener->progress)
		return;
	s = elapsed(p);
	if (s < p->said_s + SECONDS_BETWEEN)
		return;
	p->said_s = s;
	p->now.elapsed_s = s;
	p->listener->progress(p->listener->arg, &p->now);
}

void say_done(struct say_progress *p)
{
	if (!p->listener || !p->listener->progress)
		return;
	p->now.elapsed_s = elapsed(p);
	p->listener->progress(p->listener->arg, &p->now);
}
