/* SPDX-License-Identifier: MIT */
#pragma once

#include <assert.h>

#include "latch.h"
#include "live.h"

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
#define LIVE_ENTRY (sizeof(uint64_t) + sizeof(struct live_rest))

extern struct live_shard {
	struct latch latch;
	uint32_t capacity; /* whole pages of entries, or 0 */
	uint32_t count;
	uint64_t *keys;		/* 0: free */
	struct live_rest *rest; /* behind the keys */
} __attribute__((aligned(64))) live_shards[LIVE_SHARDS];

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

static hot uint32_t live_table_home_of(const struct live_shard *s, uint64_t key)
{
	uint64_t h = (key & LIVE_ADDRESS_MASK) * 0x9e3779b97f4a7c15u;

	return (uint32_t)((h >> 32) * s->capacity >> 32);
}

static hot uint32_t live_table_after(const struct live_shard *s, uint32_t i)
{
	return i + 1 < s->capacity ? i + 1 : 0;
}

/* Where @key is, or the free place where it belongs. */
static hot uint32_t live_table_find(const struct live_shard *s, uint64_t key)
{
	uint32_t i = live_table_home_of(s, key);

	while (s->keys[i] != 0 && ((s->keys[i] ^ key) & LIVE_ADDRESS_MASK) != 0)
		i = live_table_after(s, i);
	return i;
}

/* Gives it room for @wanted entries, rounded up to whole pages.  False: there
   is no memory, and it is as it was.  Its latch is held. */
cold bool live_table_resize(struct live_shard *s, uint32_t wanted);

static hot bool live_table_has_room(struct live_shard *s)
{
	return likely(s->count < s->capacity - s->capacity / 8) ||
	       live_table_resize(s, s->capacity / 4 * 5 + 1);
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
	enum live_added result = LIVE_NO_ROOM;
	struct live_rest rest;
	uint64_t key = live_table_pack(e, &rest);
	bool as_owner;
	uint32_t i;

	if (!live_table_fits(e))
		return LIVE_NO_ROOM;
	as_owner = latch_take(&s->latch, me);
	if (live_table_has_room(s)) {
		i = live_table_find(s, key);
		result = LIVE_ADDED;
		if (likely(s->keys[i] == 0)) {
			s->count++;
			live_table_count(e->address, 1);
		} else {
			live_table_unpack(s->keys[i], &s->rest[i], old);
			result = LIVE_REUSED;
		}
		s->keys[i] = key;
		s->rest[i] = rest;
	}
	latch_drop(&s->latch, as_owner);
	return result;
}

/* How far entry @i is behind its home. */
static hot uint32_t live_table_displaced(const struct live_shard *s, uint32_t i)
{
	uint32_t home = live_table_home_of(s, s->keys[i]);

	return i >= home ? i - home : i + s->capacity - home;
}

/* Frees place @i, moving up those that its entry had pushed on. */
static hot void live_table_close_gap(struct live_shard *s, uint32_t i)
{
	uint32_t gap = 1; /* from i to j */

	for (uint32_t j = live_table_after(s, i); s->keys[j] != 0;
	     j = live_table_after(s, j)) {
		if (live_table_displaced(s, j) >= gap) {
			s->keys[i] = s->keys[j];
			s->rest[i] = s->rest[j];
			i = j;
			gap = 0;
		}
		gap++;
	}
	s->keys[i] = 0;
}

static hot bool live_table_remove(const void *me, uint64_t address,
				  struct live_entry *e)
{
	struct live_shard *s = live_table_shard_of(address);
	bool found = false, as_owner;
	uint32_t i = 0;

	if (unlikely(address >= LIVE_ADDRESS_MAX))
		return false;
	as_owner = latch_take(&s->latch, me);
	if (s->capacity > 0) {
		i = live_table_find(s, address / 8);
		found = s->keys[i] != 0;
	}
	if (found) {
		live_table_unpack(s->keys[i], &s->rest[i], e);
		live_table_close_gap(s, i);
		s->count--;
		live_table_count(address, -1);
		/* As it is, if there is no memory. */
		if (unlikely(s->capacity > LIVE_PAGE / LIVE_ENTRY &&
			     s->count < s->capacity / 4 && s->count > 0))
			live_table_resize(s, s->count * 2);
	}
	latch_drop(&s->latch, as_owner);
	return found;
}
