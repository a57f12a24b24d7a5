/* SPDX-License-Identifier: MIT */
#include "changes.h"
#include "holdings.h"

int changes_open(struct changes *c, struct history *h, uint64_t most)
{
	int err;

	*c = (struct changes){.h = h};
	c->exact = h->next_event && h->nr_events <= most;
	err = h->next(h, &c->usage, &c->nr);
	return err < 0 ? err : 0;
}

static bool set_sum(struct changes *c, struct change *out, uint32_t trace,
		    const struct sum *s, bool is_free)
{
	*out = (struct change){
		.time_ns = c->h->instants[c->instant].time_ns,
		.trace = trace,
		.thread = (uint32_t)c->h->nr_threads,
		.free = is_free,
		.bytes = s->bytes,
		.count = s->count,
	};
	return holdings_round(s->bytes) || holdings_round(s->count);
}

/* Of the snapshot at hand; false: there is no more. */
static bool next_of_snapshot(struct changes *c, struct change *out)
{
	while (c->freeing || c->at < c->nr) {
		const struct history_usage *u;
		const struct sum *s;

		if (c->at == c->nr) {
			c->freeing = false;
			c->at = 0;
			continue;
		}
		u = &c->usage[c->at++];
		s = c->freeing	 ? &u->freed
		    : c->instant ? &u->allocated
				 : &u->live;
		if (!c->h->traces[u->trace].hidden &&
		    set_sum(c, out, u->trace, s, c->freeing))
			return true;
	}
	return false;
}

static int next_event(struct changes *c, struct change *out)
{
	struct history_event e;
	int more;

	do
		more = c->h->next_event(c->h, &e);
	while (more > 0 && c->h->traces[e.trace].hidden);
	if (more <= 0)
		return more;
	c->instant = e.instant;
	*out = (struct change){
		.time_ns = e.time_ns,
		.trace = e.trace,
		.thread = e.thread,
		.free = e.free,
		.bytes = e.bytes,
		.count = e.count,
		.size = e.size,
		.age_ns = e.age_ns,
	};
	return 1;
}

int changes_next(struct changes *c, struct change *out)
{
	while (!next_of_snapshot(c, out)) {
		int more;

		if (c->exact)
			return next_event(c, out);
		more = c->h->next(c->h, &c->usage, &c->nr);
		if (more <= 0)
			return more;
		c->instant++;
		c->at = 0;
		c->freeing = true;
	}
	return 1;
}

void changes_about(const struct changes *c, struct about *a)
{
	if (c->exact)
		about_line(a, "events    those of the log");
	else
		about_line(a,
			   "events    one for what each stack allocated, and "
			   "one for what it freed, from one snapshot to the "
			   "next: bytes are right, counts are not");
}
