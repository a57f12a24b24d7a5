/* SPDX-License-Identifier: MIT */

/*
 * SHARDS tables of open addressing with linear probing, each with a lock.  A
 * table doubles when it is seven eighths full; with that many shards, one of
 * ten million blocks moves about ten thousand entries, within a millisecond.
 * Removal shifts later entries back, so there are no tombstones.
 *
 * A shard is picked by the high bits of the hash, the place in it by the bits
 * below them.
 */

#include "live.h"

#include <string.h>

#include "lock.h"
#include "memory.h"

#define SHARD_BITS 10
#define SHARDS (1u << SHARD_BITS)
#define FIRST_CAPACITY 128u /* one page */

_Atomic uint16_t live_filter[1u << LIVE_FILTER_BITS]
	__attribute__((aligned(4096)));

static struct shard {
	struct lock lock;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t count;
	struct live_entry *entries;
} shards[SHARDS];

void live_reset(bool forked)
{
	for (unsigned i = 0; i < SHARDS && !forked; i++)
		if (shards[i].entries != NULL)
			memory_unmap(shards[i].entries,
				     shards[i].capacity *
					     sizeof(struct live_entry));
	memset(shards, 0, sizeof(shards));
	memset((void *)live_filter, 0, sizeof(live_filter));
	memory_wipe_on_fork(live_filter, sizeof(live_filter));
}

void live_watch_all(bool on)
{
	for (size_t i = 0; i < ARRAY_SIZE(live_filter); i++)
		atomic_store_explicit(&live_filter[i],
				      on ? LIVE_FILTER_STUCK : 0,
				      memory_order_relaxed);
}

static void filter_add(uint64_t address)
{
	_Atomic uint16_t *f =
		&live_filter[live_hash(address) >> (64 - LIVE_FILTER_BITS)];
	uint16_t n = atomic_load_explicit(f, memory_order_relaxed);

	while (n != LIVE_FILTER_STUCK &&
	       !atomic_compare_exchange_weak_explicit(f, &n, n + 1,
						      memory_order_relaxed,
						      memory_order_relaxed))
		;
}

static void filter_remove(uint64_t address)
{
	_Atomic uint16_t *f =
		&live_filter[live_hash(address) >> (64 - LIVE_FILTER_BITS)];
	uint16_t n = atomic_load_explicit(f, memory_order_relaxed);

	while (n != LIVE_FILTER_STUCK && n > 0 &&
	       !atomic_compare_exchange_weak_explicit(f, &n, n - 1,
						      memory_order_relaxed,
						      memory_order_relaxed))
		;
}

static struct shard *shard_of(uint64_t address)
{
	return &shards[live_hash(address) >> (64 - SHARD_BITS)];
}

static uint32_t home_of(const struct shard *s, uint64_t address)
{
	return (uint32_t)(live_hash(address) >> 22) & (s->capacity - 1);
}

/* The entry of @address, or the empty one where it belongs. */
static struct live_entry *find_locked(const struct shard *s, uint64_t address)
{
	uint32_t i = home_of(s, address);

	while (s->entries[i].address != 0 && s->entries[i].address != address)
		i = (i + 1) & (s->capacity - 1);
	return &s->entries[i];
}

static bool grow_locked(struct shard *s)
{
	struct shard old = *s;
	uint32_t capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
	void *p = memory_map(capacity * sizeof(struct live_entry));

	if (p == NULL)
		return false;
	s->entries = p;
	s->capacity = capacity;
	for (uint32_t i = 0; i < old.capacity; i++)
		if (old.entries[i].address != 0)
			*find_locked(s, old.entries[i].address) =
				old.entries[i];
	if (old.entries != NULL)
		memory_unmap(old.entries,
			     old.capacity * sizeof(struct live_entry));
	return true;
}

bool live_add(const struct live_entry *e, struct live_entry *old, bool *reused)
{
	struct shard *s = shard_of(e->address);
	struct live_entry *place;

	*reused = false;
	lock_take(&s->lock);
	if (s->count >= s->capacity / 8 * 7 && !grow_locked(s)) {
		lock_drop(&s->lock);
		return false;
	}
	place = find_locked(s, e->address);
	if (place->address != 0) {
		*old = *place;
		*reused = true;
	} else {
		s->count++;
		filter_add(e->address);
	}
	*place = *e;
	lock_drop(&s->lock);
	return true;
}

/* Empties entry @i, moving up those that its presence had pushed on. */
static void close_gap_locked(struct shard *s, uint32_t i)
{
	uint32_t mask = s->capacity - 1;

	for (uint32_t j = (i + 1) & mask; s->entries[j].address != 0;
	     j = (j + 1) & mask) {
		uint32_t home = home_of(s, s->entries[j].address);

		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		s->entries[i] = s->entries[j];
		i = j;
	}
	s->entries[i].address = 0;
}

bool live_remove(uint64_t address, struct live_entry *e)
{
	struct shard *s = shard_of(address);
	struct live_entry *place;
	bool found = false;

	lock_take(&s->lock);
	if (s->capacity > 0) {
		place = find_locked(s, address);
		found = place->address != 0;
	}
	if (found) {
		*e = *place;
		close_gap_locked(s, (uint32_t)(place - s->entries));
		s->count--;
		filter_remove(address);
	}
	lock_drop(&s->lock);
	return found;
}
