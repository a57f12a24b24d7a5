/* SPDX-License-Identifier: MIT */

/* From a block of the live table to an event of the log. */

#include "event.h"

void event_free(struct thread *t, const struct live_entry *e, uint64_t tick,
		bool temporary)
{
	struct hpd_event event = {.kind = temporary ? HPD_TEMPORARY : HPD_FREE,
				  .tick = tick,
				  .age = live_age(e, tick),
				  .block = {.size = e->size,
					    .trace = e->trace,
					    .thread = e->thread,
					    .waste = e->waste}};

	if (unlikely(!threads_has_number(t))) {
		log_count_unwritten();
		return;
	}
	event.thread = t->number;
	if (likely(log_event(&t->lane, &event)))
		t->slot->freed++;
}

bool event_alloc(struct thread *t, const struct live_entry *e)
{
	struct hpd_event event = {.kind = HPD_ALLOC,
				  .tick = e->tick,
				  .thread = t->number,
				  .block = {.size = e->size,
					    .trace = e->trace,
					    .thread = e->thread,
					    .waste = e->waste}};

	if (unlikely(!log_event(&t->lane, &event)))
		return false;
	t->slot->recorded++;
	/* A thread is named some time after it began. */
	if ((t->slot->recorded & (t->slot->recorded - 1)) == 0)
		threads_refresh_name(t);
	return true;
}
