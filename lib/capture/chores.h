/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base.h"
#include "threads.h"

/*
 * What is done every few milliseconds, by whichever thread records an event
 * then: no thread of our own, no timer, no signal.
 */

/* A new recording: the first event does them. */
void chores_reset(void);

extern _Atomic uint64_t chores_due; /* tick */
cold void chores_do_now(struct thread *t, uint64_t tick);

/* Truncated files, the thread's name, modules that are gone and, ever less
   often, the resident set size; if due.  Before the event is written. */
static hot void chores_do(struct thread *t, uint64_t tick)
{
	if (unlikely(tick >=
		     atomic_load_explicit(&chores_due, memory_order_relaxed)))
		chores_do_now(t, tick);
}

/* Logs the resident set size. */
void chores_log_rss(struct thread *t, uint64_t tick);
