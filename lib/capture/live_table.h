/* SPDX-License-Identifier: MIT */
#pragma once

#include <assert.h>

#include "latch.h"
#include "live.h"
#include "live_group.h"

/*
 * live_add() and live_remove(), for where each nanosecond counts.  live.c tells
 * what the table is like.
 */

/*
 * Packed, from the low bits up:
 *	key	address / 8: 44, trace / 2^22: 4, thread: 16
 *	a	size: 41, large: 1, trace % 2^22: 22
 *	b	tick: 48, waste, or if large the size's upper bits: 16
 */
struct live_rest {
	uint64_t a, b;
};

#define LIVE_ADDRESS_MASK ((UINT64_C(1) << 44) - 1)
#define LIVE_SIZE_MASK ((UINT64_C(1) << 41) - 1)
#define LIVE_LARGE (UINT64_C(1) << 41)
#define LIVE_TRACE_MASK ((1u << 22) - 1)

static_assert(LIVE_NO_WASTE == LIVE_SIZE_MASK + 1, "size fits, or is large");
static_assert(LIVE_ADDRESS_MAX / 8 == LIVE_ADDRESS_MASK + 1, "address fits");
static_assert(LIVE_TRACE_MAX >> 22 == 0xf, "trace fits");

#define LIVE_SHARDS (1u << LIVE_SHARD_BITS)
#define LIVE_PAGE 4096u
/* Of the slots of a group, on average. */
#define LIVE_FULL 14u
#define LIVE_SPARSE 3u

struct live_slot {
	uint64_t key;
	struct live_rest rest;
};

#define LIVE_GROUP_SIZE                                                        \
	(sizeof(live_group) + LIVE_GROUP * sizeof(struct live_slot))

extern struct live_shard {
	struct latch latch;
	uint32_t nr_groups; /* as many as fit into whole pages, or 0 */
	uint32_t count;
	live_group *groups;
	struct live_slot *slots; /* behind the groups */
} __attribute__((aligned(64))) live_shards[LIVE_SHARDS];

/* Where an entry is. */
struct live_place {
	uint32_t group, slot;
};

static hot uint64_t live_table_pack(const struct live_entry *e,
				    struct live_rest *rest)
{
	const struct hpd_block *b = &e->block;
	bool large = b->size >= LIVE_NO_WASTE;
	uint64_t top = unlikely(large) ? b->size >> 41 : b->waste;

	rest->a = (b->size & LIVE_SIZE_MASK) | (large ? LIVE_LARGE : 0) |
		  (uint64_t)(b->trace & LIVE_TRACE_MASK) << 42;
	rest->b = (e->tick & LIVE_TICK_MASK) | top << 48;
	return e->address / 8 | (uint64_t)(b->trace >> 22) << 44 |
	       (uint64_t)b->thread << 48;
}

static hot void live_table_unpack(uint64_t key, const struct live_rest *rest,
				  struct live_entry *e)
{
	uint64_t top = rest->b >> 48;

	e->address = (key & LIVE_ADDRESS_MASK) * 8;
	e->tick = rest->b & LIVE_TICK_MASK;
	e->block.thread = (uint32_t)(key >> 48);
	e->block.trace =
		(uint32_t)(key >> 44 & 0xf) << 22 | (uint32_t)(rest->a >> 42);
	e->block.size = rest->a & LIVE_SIZE_MASK;
	e->block.waste = (uint32_t)top;
	if (unlikely(rest->a & LIVE_LARGE)) {
		e->block.size |= top << 41;
		e->block.waste = 0;
	}
}

/* What follows is done under the latch of the shard: nobody else changes it, or
   its counters. */

static hot void live_table_count(uint64_t address, int change)
{
	_Atomic uint8_t *cell = &live_filter[live_cell(address)];
	uint8_t n = atomic_load_explicit(cell, memory_order_relaxed);

	if (likely(n != LIVE_STUCK))
		atomic_store_explicit(cell, (uint8_t)(n + change),
				      memory_order_relaxed);
}

static hot struct live_shard *live_table_shard_of(uint64_t address)
{
	return &live_shards[live_shard(address)];
}

static hot uint64_t live_table_hash(uint64_t key)
{
	return (key & LIVE_ADDRESS_MASK) * 0x9e3779b97f4a7c15u;
}

/* The group where what has @hash goes, if there is room. */
static hot uint32_t live_table_home(const struct live_shard *s, uint64_t hash)
{
	return (uint32_t)((hash >> 32) * s->nr_groups >> 32);
}

static hot uint32_t live_table_after(const struct live_shard *s, uint32_t group)
{
	return group + 1 < s->nr_groups ? group + 1 : 0;
}

static hot struct live_slot *live_table_slot(const struct live_shard *s,
					     struct live_place p)
{
	return &s->slots[p.group * LIVE_GROUP + p.slot];
}

/* Where @key is, from group @home on; false: it is not there. */
static hot bool live_table_find(const struct live_shard *s, uint64_t key,
				uint32_t home, live_group tag,
				struct live_place *p)
{
	p->group = home;
	for (uint32_t n = 0; n < s->nr_groups; n++) {
		const live_group *g = &s->groups[p->group];
		uint32_t m = live_group_match(*g, tag);

		for (; m != 0; m &= m - 1) {
			p->slot = (uint32_t)__builtin_ctz(m);
			if (likely(((live_table_slot(s, *p)->key ^ key) &
				    LIVE_ADDRESS_MASK) == 0))
				return true;
		}
		if (live_group_is_last(g))
			break;
		p->group = live_table_after(s, p->group);
	}
	return false;
}

/* Takes a free slot, of which there is one, for what is not there. */
static hot struct live_slot *live_table_take(struct live_shard *s,
					     uint32_t home, live_group tag)
{
	struct live_place p = {.group = home};
	uint32_t m;

	for (;; p.group = live_table_after(s, p.group)) {
		m = live_group_match(s->groups[p.group], live_group_of(0));
		if (likely(m != 0))
			break;
		live_group_pass(&s->groups[p.group], 1);
	}
	p.slot = (uint32_t)__builtin_ctz(m);
	live_group_set(&s->groups[p.group], p.slot, tag);
	return live_table_slot(s, p);
}

static hot void live_table_give_back(struct live_shard *s, uint32_t home,
				     struct live_place p)
{
	live_group_set(&s->groups[p.group], p.slot, live_group_of(0));
	for (; unlikely(home != p.group); home = live_table_after(s, home))
		live_group_pass(&s->groups[home], -1);
}

/* Gives it room for @nr_groups, rounded up to whole pages.  False: there is no
   memory, and it is as it was.  Its latch is held. */
cold bool live_table_resize(struct live_shard *s, uint32_t nr_groups);

static hot bool live_table_has_room(struct live_shard *s)
{
	return likely(s->count < s->nr_groups * LIVE_FULL) ||
	       live_table_resize(s, s->nr_groups + s->nr_groups / 4 + 1);
}

static hot bool live_table_fits(const struct live_entry *e)
{
	return likely(e->address < LIVE_ADDRESS_MAX) &&
	       likely(e->block.size < LIVE_SIZE_MAX) &&
	       likely(e->block.trace <= LIVE_TRACE_MAX);
}

static hot enum live_added live_table_add(const void *me,
					  const struct live_entry *e,
					  struct live_entry *old)
{
	struct live_shard *s = live_table_shard_of(e->address);
	struct live_rest rest;
	uint64_t key = live_table_pack(e, &rest), hash = live_table_hash(key);
	enum live_added result = LIVE_NO_ROOM;
	live_group tag = live_group_tag(hash);
	struct live_slot *slot;
	struct live_place p;
	bool as_owner;

	if (!live_table_fits(e))
		return LIVE_NO_ROOM;
	as_owner = latch_take(&s->latch, me);
	if (live_table_has_room(s)) {
		uint32_t home = live_table_home(s, hash);

		result = LIVE_ADDED;
		if (likely(!live_table_find(s, key, home, tag, &p))) {
			slot = live_table_take(s, home, tag);
			s->count++;
			live_table_count(e->address, 1);
		} else {
			slot = live_table_slot(s, p);
			live_table_unpack(slot->key, &slot->rest, old);
			result = LIVE_REUSED;
		}
		slot->key = key;
		slot->rest = rest;
	}
	latch_drop(&s->latch, as_owner);
	return result;
}

static hot bool live_table_remove(const void *me, uint64_t address,
				  struct live_entry *e)
{
	struct live_shard *s = live_table_shard_of(address);
	uint64_t key = address / 8, hash = live_table_hash(key);
	bool found, as_owner;
	struct live_place p;
	uint32_t home;

	if (unlikely(address >= LIVE_ADDRESS_MAX))
		return false;
	as_owner = latch_take(&s->latch, me);
	home = live_table_home(s, hash);
	found = live_table_find(s, key, home, live_group_tag(hash), &p);
	if (found) {
		const struct live_slot *slot = live_table_slot(s, p);

		live_table_unpack(slot->key, &slot->rest, e);
		live_table_give_back(s, home, p);
		s->count--;
		live_table_count(address, -1);
		/* As it is, if there is no memory. */
		if (unlikely(s->count < s->nr_groups * LIVE_SPARSE &&
			     s->nr_groups > LIVE_PAGE / LIVE_GROUP_SIZE &&
			     s->count > 0))
			live_table_resize(s, s->count * 2 / LIVE_GROUP + 1);
	}
	latch_drop(&s->latch, as_owner);
	return found;
}
