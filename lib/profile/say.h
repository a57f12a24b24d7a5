/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base.h"
#include "heapprof.h"

/*
 * Talks to a listener, any part of which may be missing: messages of one line,
 * and progress at most ten times a second.
 */

/* @listener may be NULL. */
void say(const struct heapprof_listener *listener,
	 enum heapprof_severity severity, const char *format, ...)
	printf_like(3, 4);

/* Says an error and returns @error, a negative errno value. */
int say_error(const struct heapprof_listener *listener, int error,
	      const char *format, ...) printf_like(3, 4);

/* Does the listener want an early end? */
bool say_stop(const struct heapprof_listener *listener);

struct say_progress {
	const struct heapprof_listener *listener; /* or NULL */
	struct heapprof_progress now;
	struct timespec start;
	double said_s; /* elapsed time when last said */
};

void say_begin(struct say_progress *p, const struct heapprof_listener *listener,
	       const char *doing, const char *unit, uint64_t total);
void say_at(struct say_progress *p, uint64_t done, uint64_t events);

/* Says the end, whenever it last said something. */
void say_done(struct say_progress *p);
