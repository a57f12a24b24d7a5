/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "live.h"
#include "log.h"
#include "threads.h"

/*
 * Logs what happened to a block, by the thread whose state @t is, and counts
 * it there.  The thread is within the recorder.  What finds no room is counted
 * as lost.
 */

/* @t has a number.  False: it is not in the log. */
static hot bool event_alloc(struct thread *t, const struct live_entry *e)
{
	struct hpm_thread *slot = t->slot;

	if (unlikely(!log_block(&t->lane, t->number, HPD_ALLOC, e->tick, 0,
				&e->block)))
		return false;
	slot->recorded++;
	/* A thread is named some time after it began. */
	if (unlikely((slot->recorded & (slot->recorded - 1)) == 0))
		threads_refresh_name(t);
	return true;
}

/* @temporary: the thread has allocated nothing since. */
static hot void event_free(struct thread *t, const struct live_entry *e,
			   uint64_t tick, bool temporary)
{
	if (unlikely(!threads_has_number(t)))
		log_count_unwritten();
	else if (likely(log_block(&t->lane, t->number,
				  temporary ? HPD_TEMPORARY : HPD_FREE, tick,
				  live_age(e, tick), &e->block)))
		t->slot->freed++;
}
