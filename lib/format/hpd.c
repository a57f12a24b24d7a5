/* SPDX-License-Identifier: MIT */

/*
 * Events: heapprof-format(5), EVENTS.
 *
 * A block of memory (trace, size, waste, thread) is defined for a slot by an
 * event of it, and named by the slot in later ones: traces and sizes repeat.
 * The first varint of an event is its kind in the low three bits and the ticks
 * since the last event above them.
 */

#include <assert.h>
#include <string.h>

#include "format.h"
#include "hpd_put.h"
#include "hpd_step.h"
#include "varint.h"

static_assert(VARINT_MAX + 2 + 4 * VARINT_MAX + VARINT_MAX <= HPD_EVENT_MAX,
	      "an event with a whole definition");

void hpd_start(struct hpd_coder *c, const struct block_header *b)
{
	c->tick = b->first;
	c->trace = 0;
	c->thread = b->thread;
	memset(c->known, 0, sizeof(c->known));
}

/* Are waste and thread of @b what goes without saying? */
static bool is_usual(const struct hpd_coder *c, const struct hpd_block *b)
{
	return b->thread == c->thread && b->waste == hpd_usual_waste(b->size);
}

size_t hpd_put_definition(uint8_t *out, struct hpd_coder *c, uint64_t head,
			  unsigned slot, const struct hpd_block *b)
{
	bool usual = is_usual(c, b);
	uint8_t kind = head & (HPD_DEFINES - 1);
	size_t n = varint_put(out, (usual ? head : head - kind) | HPD_DEFINES);

	if (!usual)
		out[n++] = kind;
	out[n++] = (uint8_t)slot;
	n += varint_put(out + n, varint_zigzag((int64_t)b->trace - c->trace));
	n += varint_put(out + n, b->size);
	if (!usual) {
		n += varint_put(out + n, b->waste);
		/* 0: the thread that writes. */
		n += varint_put(out + n, b->thread == c->thread
						 ? 0
						 : (uint64_t)b->thread + 1);
	}
	c->trace = b->trace;
	c->slot[slot] = *b;
	c->known[slot] = true;
	return n;
}

size_t hpd_put(uint8_t *out, struct hpd_coder *c, const struct hpd_event *e)
{
	size_t n;

	if (e->kind <= HPD_TEMPORARY)
		return hpd_put_block(out, c, e->kind, e->tick, e->age,
				     &e->block);
	n = varint_put(out, (e->tick - c->tick) << HPD_KIND_BITS | HPD_DEFINES);
	out[n++] = e->kind;
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
	if (r->defines) {
		c->slot[r->slot] = r->block;
		c->known[r->slot] = true;
	}
	e->age = r->value;
	e->slot = r->slot;
	e->block = c->slot[r->slot];
	e->defined = r->defines;
	return c->known[r->slot];
}

enum format_status hpd_get(struct cursor *in, struct hpd_coder *c,
			   struct hpd_event *e)
{
	struct hpd_place at = {*in, c->tick, c->trace, c->thread};
	struct hpd_record record;
	enum hpd_found found;

	do
		found = hpd_step(&at, UINT64_MAX, &record);
	while (found == HPD_FOUND_EVENT && record.kind == HPD_EXTENSION);
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
