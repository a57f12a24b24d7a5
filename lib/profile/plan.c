/* SPDX-License-Identifier: MIT */

/* One number is enough to find the peak: all live bytes. */

#include "plan.h"
#include "say.h"

struct total {
	uint64_t live; /* int64_t, but may wrap round */
	int64_t peak;
};

static void look(struct plan *p, struct total *t, const struct reader_event *e)
{
	p->events++;
	if (e->kind == HPD_RSS)
		return;
	if (e->kind != HPD_ALLOC) {
		t->live -= (uint64_t)e->block->weight.bytes;
		p->frees++;
		return;
	}
	t->live += (uint64_t)e->block->weight.bytes;
	p->recorded++;
	if ((int64_t)t->live > t->peak) {
		t->peak = (int64_t)t->live;
		p->peak_event = p->events;
	}
}

int plan_make(struct reader *r, const struct heapprof_listener *listener,
	      struct plan *p)
{
	struct say_progress progress;
	const struct reader_event *events;
	struct total total = {0, 0};
	size_t n;
	int error;

	*p = (struct plan){0};
	reader_rewind(r);
	say_begin(&progress, listener, "reading", "B", reader_size(r));
	while ((error = reader_next(r, &events, &n)) == 0 && n > 0) {
		for (size_t i = 0; i < n; i++)
			look(p, &total, &events[i]);
		p->last_ns = events[n - 1].time_ns;
		say_at(&progress, reader_position(r), p->events);
		if (say_stop(listener)) {
			p->stopped = true;
			break;
		}
	}
	say_done(&progress);
	return error;
}
