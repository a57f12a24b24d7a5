/* SPDX-License-Identifier: MIT */

/*
 * Events: heapprof-format(5), EVENTS.
 *
 * A block of memory (trace, size, waste, thread) is defined once for a slot
 * and then named by it: traces and sizes repeat.  The first varint of an event
 * is its kind in the low three bits and the ticks since the last event above
 * them; of a definition, the slot instead.
 */

#include <assert.h>
#include <string.h>

#include "format.h"
#include "hpd_put.h"
#include "hpd_step.h"
#include "varint.h"

static_assert(1 + 2 + 4 * VARINT_MAX + VARINT_MAX + 1 + VARINT_MAX <=
		      HPD_EVENT_MAX,
	      "a definition and an event");

void hpd_start(struct hpd_coder *c, const struct block_header *b)
{
	c->tick = b->first;
	c->trace = 0;
	c->thread = b->thread;
	memset(c->known, 0, sizeof(c->known));
}

size_t hpd_put_definition(uint8_t *out, struct hpd_coder *c, unsigned slot,
			  const struct hpd_block *b)
{
	size_t n = varint_put(out, slot << HPD_KIND_BITS | HPD_DEFINE);

	n += varint_put(out + n, varint_zigzag((int64_t)b->trace - c->trace));
	n += varint_put(out + n, b->size);
	n += varint_put(out + n, b->waste);
	/* 0: the thread that writes, as nearly always. */
	n += varint_put(out + n,
			b->thread == c->thread ? 0 : (uint64_t)b->thread + 1);
	c->trace = b->trace;
	c->slot[slot] = *b;
	c->known[slot] = 1;
	return n;
}

size_t hpd_put(uint8_t *out, struct hpd_coder *c, const struct hpd_event *e)
{
	size_t n;

	if (e->kind <= HPD_TEMPORARY)
		return hpd_put_block(out, c, e->kind, e->tick, e->age,
				     &e->block);
	n = varint_put(out, (e->tick - c->tick) << HPD_KIND_BITS | e->kind);
	c->tick = e->tick;
	if (e->kind == HPD_RSS)
		return n + varint_put(out + n, e->rss);
	c->thread = e->thread;
	return n + varint_put(out + n, e->thread);
}

/* False: its slot is not defined. */
static bool fill_event(struct hpd_coder *c, const struct hpd_record *r,
		       struct hpd_event *e)
{
	e->tick = c->tick;
	e->kind = r->kind;
	e->thread = c->thread;
	e->rss = r->value;
	if (e->kind > HPD_TEMPORARY)
		return true;
	if (!c->known[r->slot])
		return false;
	e->age = r->value;
	e->slot = r->slot;
	e->block = c->slot[r->slot];
	e->defined = c->known[r->slot] == 1;
	c->known[r->slot] = 2;
	return true;
}

enum format_status hpd_get(struct cursor *in, struct hpd_coder *c,
			   struct hpd_event *e)
{
	struct hpd_place at = {*in, c->tick, c->trace, c->thread};
	struct hpd_record record;
	enum hpd_found found;

	do {
		found = hpd_step(&at, UINT64_MAX, &record);
		if (found == HPD_FOUND_DEFINITION) {
			c->slot[record.slot] = record.block;
			c->known[record.slot] = 1;
		}
	} while (found == HPD_FOUND_DEFINITION ||
		 (found == HPD_FOUND_EVENT && record.kind == HPD_EXTENSION));
	*in = at.in;
	c->tick = at.tick;
	c->trace = at.trace;
	c->thread = at.thread;
	if (found == HPD_FOUND_END)
		return FORMAT_END;
	if (found != HPD_FOUND_EVENT || !fill_event(c, &record, e))
		return FORMAT_DAMAGED;
	return FORMAT_OK;
}
