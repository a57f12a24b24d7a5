/* SPDX-License-Identifier: MIT */

/*
 * SHARDS tables of open addressing with linear probing, each with a latch.  A
 * shard has what begins in some regions of memory (256 KiB each), so that a
 * thread whose allocator gives it memory of its own mostly meets itself, and
 * has its own counters of the filter: they are changed under its latch.
 *
 * A table is an array of keys, which is what a search reads, and behind it one
 * of the rest: 24 bytes a block in all.  It grows by a quarter when it is seven
 * eighths full, and so has 31 bytes a block on average, being a quarter larger
 * at most; with 10 million blocks, 20,000 are moved at a time, in well under a
 * millisecond.  It shrinks when it is a quarter full.  Removal shifts later
 * entries back, so there are no tombstones.
 *
 * Homes ascend with the hash, whatever the capacity: from one table to the next
 * entries move in order.
 */

#include "live.h"

#include <assert.h>
#include <string.h>

#include "latch.h"
#include "memory.h"

#define SHARDS (1u << LIVE_SHARD_BITS)
#define PAGE 4096u

/*
 * Packed, from the low bits up:
 *	key	address / 8: 44, trace / 2^22: 4, thread: 16
 *	a	size: 41, large: 1, trace % 2^22: 22
 *	b	tick: 48, waste, or if large the size's upper bits: 16
 */
struct rest {
	uint64_t a, b;
};

#define ADDRESS_MASK ((UINT64_C(1) << 44) - 1)
#define SIZE_MASK ((UINT64_C(1) << 41) - 1)
#define LARGE (UINT64_C(1) << 41)
#define TRACE_MASK ((1u << 22) - 1)

static_assert(LIVE_NO_WASTE == SIZE_MASK + 1, "size fits, or is large");
static_assert(LIVE_ADDRESS_MAX / 8 == ADDRESS_MASK + 1, "address fits");
static_assert(LIVE_TRACE_MAX >> 22 == 0xf, "trace fits");

#define ENTRY (sizeof(uint64_t) + sizeof(struct rest))

_Atomic uint8_t live_filter[1u << (LIVE_SHARD_BITS + LIVE_CELLS_BITS)]
	__attribute__((aligned(4096)));

static struct shard {
	struct latch latch;
	uint32_t capacity; /* whole pages of entries, or 0 */
	uint32_t count;
	uint64_t *keys;	   /* 0: free */
	struct rest *rest; /* behind the keys */
} __attribute__((aligned(64))) shards[SHARDS];

static hot uint64_t pack(const struct live_entry *e, struct rest *rest)
{
	const struct hpd_block *b = &e->block;
	bool large = b->size >= LIVE_NO_WASTE;
	uint64_t top = unlikely(large) ? b->size >> 41 : b->waste;

	rest->a = (b->size & SIZE_MASK) | (large ? LARGE : 0) |
		  (uint64_t)(b->trace & TRACE_MASK) << 42;
	rest->b = (e->tick & LIVE_TICK_MASK) | top << 48;
	return e->address / 8 | (uint64_t)(b->trace >> 22) << 44 |
	       (uint64_t)b->thread << 48;
}

static hot void unpack(uint64_t key, const struct rest *rest,
		       struct live_entry *e)
{
	uint64_t top = rest->b >> 48;

	e->address = (key & ADDRESS_MASK) * 8;
	e->tick = rest->b & LIVE_TICK_MASK;
	e->block.thread = (uint32_t)(key >> 48);
	e->block.trace =
		(uint32_t)(key >> 44 & 0xf) << 22 | (uint32_t)(rest->a >> 42);
	e->block.size = rest->a & SIZE_MASK;
	e->block.waste = (uint32_t)top;
	if (unlikely(rest->a & LARGE)) {
		e->block.size |= top << 41;
		e->block.waste = 0;
	}
}

static size_t bytes_of(uint32_t capacity)
{
	return (size_t)capacity * ENTRY;
}

static void unmap_table(const struct shard *s)
{
	if (s->keys != NULL)
		memory_unmap(s->keys, bytes_of(s->capacity));
}

void live_reset(bool forked)
{
	for (unsigned i = 0; i < SHARDS && !forked; i++)
		unmap_table(&shards[i]);
	memset(shards, 0, sizeof(shards));
	latch_init();
	memory_clear((void *)live_filter, sizeof(live_filter));
	memory_wipe_on_fork((void *)live_filter, sizeof(live_filter));
}

void live_watch_all(bool on)
{
	for (size_t i = 0; i < ARRAY_SIZE(live_filter); i++)
		atomic_store_explicit(&live_filter[i], on ? LIVE_STUCK : 0,
				      memory_order_relaxed);
}

/* Under the latch of its shard, nobody else changes a counter. */
static hot void count_locked(uint64_t address, int change)
{
	_Atomic uint8_t *cell = &live_filter[live_cell(address)];
	uint8_t n = atomic_load_explicit(cell, memory_order_relaxed);

	if (likely(n != LIVE_STUCK))
		atomic_store_explicit(cell, (uint8_t)(n + change),
				      memory_order_relaxed);
}

static hot struct shard *shard_of(uint64_t address)
{
	return &shards[live_shard(address)];
}

static hot uint32_t home_of(const struct shard *s, uint64_t key)
{
	uint64_t h = (key & ADDRESS_MASK) * 0x9e3779b97f4a7c15u;

	return (uint32_t)((h >> 32) * s->capacity >> 32);
}

static hot uint32_t after(const struct shard *s, uint32_t i)
{
	return i + 1 < s->capacity ? i + 1 : 0;
}

/* Where @key is, or the free place where it belongs. */
static hot uint32_t find_locked(const struct shard *s, uint64_t key)
{
	uint32_t i = home_of(s, key);

	while (s->keys[i] != 0 && ((s->keys[i] ^ key) & ADDRESS_MASK) != 0)
		i = after(s, i);
	return i;
}

/* Gives it room for @wanted entries, rounded up to whole pages. */
static cold bool resize_locked(struct shard *s, uint32_t wanted)
{
	size_t size = (bytes_of(wanted) + PAGE - 1) & ~(size_t)(PAGE - 1);
	struct shard old = *s;

	s->keys = memory_map_filled(size);
	if (s->keys == NULL) {
		*s = old;
		return false;
	}
	s->capacity = (uint32_t)(size / ENTRY);
	s->rest = (struct rest *)(s->keys + s->capacity);
	for (uint32_t i = 0; i < old.capacity; i++) {
		uint32_t place;

		if (old.keys[i] == 0)
			continue;
		place = find_locked(s, old.keys[i]);
		s->keys[place] = old.keys[i];
		s->rest[place] = old.rest[i];
	}
	unmap_table(&old);
	return true;
}

static hot bool has_room_locked(struct shard *s)
{
	return likely(s->count < s->capacity - s->capacity / 8) ||
	       resize_locked(s, s->capacity / 4 * 5 + 1);
}

static hot bool fits(const struct live_entry *e)
{
	return likely(e->address < LIVE_ADDRESS_MAX) &&
	       likely(e->block.size < LIVE_SIZE_MAX) &&
	       likely(e->block.trace <= LIVE_TRACE_MAX);
}

enum live_added live_add(const void *me, const struct live_entry *e,
			 struct live_entry *old)
{
	struct shard *s = shard_of(e->address);
	enum live_added result = LIVE_NO_ROOM;
	struct rest rest;
	uint64_t key = pack(e, &rest);
	bool as_owner;
	uint32_t i;

	if (!fits(e))
		return LIVE_NO_ROOM;
	as_owner = latch_take(&s->latch, me);
	if (has_room_locked(s)) {
		i = find_locked(s, key);
		result = LIVE_ADDED;
		if (likely(s->keys[i] == 0)) {
			s->count++;
			count_locked(e->address, 1);
		} else {
			unpack(s->keys[i], &s->rest[i], old);
			result = LIVE_REUSED;
		}
		s->keys[i] = key;
		s->rest[i] = rest;
	}
	latch_drop(&s->latch, as_owner);
	return result;
}

/* How far entry @i is behind its home. */
static hot uint32_t displaced(const struct shard *s, uint32_t i)
{
	uint32_t home = home_of(s, s->keys[i]);

	return i >= home ? i - home : i + s->capacity - home;
}

/* Frees place @i, moving up those that its entry had pushed on. */
static hot void close_gap_locked(struct shard *s, uint32_t i)
{
	uint32_t gap = 1; /* from i to j */

	for (uint32_t j = after(s, i); s->keys[j] != 0; j = after(s, j)) {
		if (displaced(s, j) >= gap) {
			s->keys[i] = s->keys[j];
			s->rest[i] = s->rest[j];
			i = j;
			gap = 0;
		}
		gap++;
	}
	s->keys[i] = 0;
}

bool live_remove(const void *me, uint64_t address, struct live_entry *e)
{
	struct shard *s = shard_of(address);
	bool found = false, as_owner;
	uint32_t i = 0;

	if (unlikely(address >= LIVE_ADDRESS_MAX))
		return false;
	as_owner = latch_take(&s->latch, me);
	if (s->capacity > 0) {
		i = find_locked(s, address / 8);
		found = s->keys[i] != 0;
	}
	if (found) {
		unpack(s->keys[i], &s->rest[i], e);
		close_gap_locked(s, i);
		s->count--;
		count_locked(address, -1);
		/* As it is, if there is no memory. */
		if (unlikely(s->count < s->capacity / 4 && s->count > 0 &&
			     bytes_of(s->capacity) > PAGE))
			resize_locked(s, s->count * 2);
	}
	latch_drop(&s->latch, as_owner);
	return found;
}

void live_share(void)
{
	latch_share_all(&shards[0].latch, SHARDS, sizeof(shards[0]));
}
