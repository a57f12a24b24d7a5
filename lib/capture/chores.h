/* SPDX-License-Identifier: MIT */
#pragma once

#include "threads.h"

/*
 * What is done every few milliseconds, by whichever thread records an event
 * then: no thread of our own, no timer, no signal.
 */

/* A new recording: the first event does them. */
void chores_reset(void);

/* Resident set size, the thread's name, modules that are gone; if due. */
void chores_do(struct thread *t, uint64_t tick);

/* Logs the resident set size. */
void chores_log_rss(struct thread *t, uint64_t tick);
