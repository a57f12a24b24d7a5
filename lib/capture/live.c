/* SPDX-License-Identifier: MIT */

/*
 * LIVE_SHARDS tables of open addressing with linear probing, each with a latch.
 * A shard has what begins in some regions of memory (256 KiB each), so that a
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

#include <string.h>

#include "latch.h"
#include "live_table.h"
#include "memory.h"

struct live_shard live_shards[LIVE_SHARDS];

_Atomic uint8_t live_filter[1u << (LIVE_SHARD_BITS + LIVE_CELLS_BITS)]
	__attribute__((aligned(4096)));

static size_t bytes_of(uint32_t capacity)
{
	return (size_t)capacity * LIVE_ENTRY;
}

static void unmap_table(const struct live_shard *s)
{
	if (s->keys != NULL)
		memory_unmap(s->keys, bytes_of(s->capacity));
}

void live_reset(bool forked)
{
	for (unsigned i = 0; i < LIVE_SHARDS && !forked; i++)
		unmap_table(&live_shards[i]);
	memset(live_shards, 0, sizeof(live_shards));
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

bool live_table_resize(struct live_shard *s, uint32_t wanted)
{
	size_t size =
		(bytes_of(wanted) + LIVE_PAGE - 1) & ~(size_t)(LIVE_PAGE - 1);
	struct live_shard old = *s;

	s->keys = memory_map_filled(size);
	if (s->keys == NULL) {
		*s = old;
		return false;
	}
	s->capacity = (uint32_t)(size / LIVE_ENTRY);
	s->rest = (struct live_rest *)(s->keys + s->capacity);
	for (uint32_t i = 0; i < old.capacity; i++) {
		uint32_t place;

		if (old.keys[i] == 0)
			continue;
		place = live_table_find(s, old.keys[i]);
		s->keys[place] = old.keys[i];
		s->rest[place] = old.rest[i];
	}
	unmap_table(&old);
	return true;
}

enum live_added live_add(const void *me, const struct live_entry *e,
			 struct live_entry *old)
{
	return live_table_add(me, e, old);
}

bool live_remove(const void *me, uint64_t address, struct live_entry *e)
{
	return live_table_remove(me, address, e);
}

void live_share(void)
{
	latch_share_all(&live_shards[0].latch, LIVE_SHARDS,
			sizeof(live_shards[0]));
}
