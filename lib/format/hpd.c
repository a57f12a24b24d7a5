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

static bool get_definition(struct cursor *in, struct hpd_coder *c,
			   uint64_t slot)
{
	int64_t trace = c->trace + varint_unzigzag(varint_get(in));
	struct hpd_block *b = &c->slot[slot & (HPD_SLOTS - 1)];
	uint64_t waste, thread;

	b->size = varint_get(in);
	waste = varint_get(in);
	thread = varint_get(in);
	if (in->bad || slot >= HPD_SLOTS || trace < 0 || trace > UINT32_MAX ||
	    waste > UINT16_MAX || thread > HPM_THREADS_MAX + 1)
		return false;
	b->trace = c->trace = (uint32_t)trace;
	b->waste = (uint32_t)waste;
	b->thread = thread ? (uint32_t)thread - 1 : c->thread;
	c->known[slot] = 1;
	return true;
}

static bool skip_extension(struct cursor *in)
{
	uint64_t n = varint_get(in);

	if (in->bad || n > (uint64_t)(in->end - in->p))
		return false;
	in->p += n;
	return true;
}

static bool get_block(struct cursor *in, struct hpd_coder *c,
		      struct hpd_event *e)
{
	if (in->p == in->end || !c->known[*in->p])
		return false;
	e->slot = *in->p++;
	e->block = c->slot[e->slot];
	e->defined = c->known[e->slot] == 1;
	c->known[e->slot] = 2;
	e->age = e->kind == HPD_ALLOC ? 0 : varint_get(in);
	return true;
}

static bool get_body(struct cursor *in, struct hpd_coder *c,
		     struct hpd_event *e)
{
	e->thread = c->thread;
	if (e->kind <= HPD_TEMPORARY)
		return get_block(in, c, e);
	if (e->kind == HPD_RSS) {
		e->rss = varint_get(in);
		return true;
	}
	e->thread = c->thread = (uint32_t)varint_get(in);
	return e->thread <= HPM_THREADS_MAX;
}

enum format_status hpd_get(struct cursor *in, struct hpd_coder *c,
			   struct hpd_event *e)
{
	while (in->p < in->end) {
		uint64_t head = varint_get(in);
		uint64_t rest = head >> HPD_KIND_BITS;
		bool good;

		e->kind = head & ((1 << HPD_KIND_BITS) - 1);
		if (e->kind == 0 || in->bad)
			return FORMAT_DAMAGED;
		if (e->kind == HPD_DEFINE) {
			if (!get_definition(in, c, rest))
				return FORMAT_DAMAGED;
			continue;
		}
		if (c->tick + rest < c->tick)
			return FORMAT_DAMAGED;
		c->tick += rest;
		e->tick = c->tick;
		if (e->kind == HPD_EXTENSION) {
			if (!skip_extension(in))
				return FORMAT_DAMAGED;
			continue;
		}
		good = get_body(in, c, e);
		return good && !in->bad ? FORMAT_OK : FORMAT_DAMAGED;
	}
	return FORMAT_END;
}
