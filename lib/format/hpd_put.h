/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base.h"

#include "format.h"
#include "varint.h"

/*
 * Writing events of blocks, as hpd_put() does it: for the recorder, where each
 * nanosecond counts.
 *
 * Which slot a block is defined for is the writer's choice; ours hashes, so
 * that finding costs one look.
 */

static inline unsigned hpd_slot_of(const struct hpd_block *b)
{
	/* Waste follows from the size, as a rule. */
	uint64_t h = b->size * 0x9e3779b97f4a7c15u +
		     b->trace * 0xd6e8feb86659fd93u +
		     ((uint64_t)b->thread << 50);

	return (unsigned)(h >> 56);
}

static inline bool hpd_same_block(const struct hpd_block *a,
				  const struct hpd_block *b)
{
	return ((a->size ^ b->size) | (a->trace ^ b->trace) |
		(a->thread ^ b->thread) | (a->waste ^ b->waste)) == 0;
}

/* Begins an event of @b that defines @slot for it; @head as of any event. */
size_t hpd_put_definition(uint8_t *out, struct hpd_coder *c, uint64_t head,
			  unsigned slot, const struct hpd_block *b);

/* An event of @b, of the thread that acts: kind ALLOC, FREE or TEMPORARY, @age
   of the latter two. */
static hot size_t hpd_put_block(uint8_t *out, struct hpd_coder *c,
				enum hpd_kind kind, uint64_t tick, uint64_t age,
				const struct hpd_block *b)
{
	uint64_t head = (tick - c->tick) << HPD_KIND_BITS | kind;
	unsigned slot = hpd_slot_of(b);
	size_t n;

	if (c->known[slot] && hpd_same_block(&c->slot[slot], b)) {
		n = varint_put(out, head);
		out[n++] = (uint8_t)slot;
	} else {
		n = hpd_put_definition(out, c, head, slot, b);
	}
	if (kind != HPD_ALLOC)
		n += varint_put(out + n, age);
	c->tick = tick;
	return n;
}
