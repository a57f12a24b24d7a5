/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "live.h"
#include "threads.h"

/*
 * Logs what happened to a block, by the thread whose state @t is, and counts
 * it there.  The thread is within the recorder.  What finds no room is counted
 * as lost.
 */

/* @t has a number.  False: it is not in the log. */
bool event_alloc(struct thread *t, const struct live_entry *e);

/* @temporary: the thread has allocated nothing since. */
void event_free(struct thread *t, const struct live_entry *e, uint64_t tick,
		bool temporary);
