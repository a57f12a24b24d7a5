/* SPDX-License-Identifier: MIT */

/*
 * LIVE_SHARDS tables of open addressing, each with a latch.  A shard has what
 * begins in some regions of memory (256 KiB each), so that a thread whose
 * allocator gives it memory of its own mostly meets itself, and has its own
 * counters of the filter: they are changed under its latch.
 *
 * A table is an array of groups of slots, with tags that tell which slots a
 * search has to look at, and behind it one of the slots: 25 bytes a block in
 * all. An entry that finds its group full goes on to the next ones, and is
 * counted in each that it passes, so that a search knows where to end, and a
 * removal has nothing to move and leaves no tombstone.
 *
 * It grows by a quarter when 14 of 15 slots are taken, and so has 30 bytes a
 * block on average, being a quarter larger at most; with 10 million blocks,
 * 20,000 are moved at a time, in well under a millisecond.  It shrinks when a
 * fifth is taken.  A shard mostly grows when the one before is through with it,
 * and gets the tables that were outgrown there (spares.h).
 */

#include "live.h"

#include <string.h>

#include "latch.h"
#include "live_table.h"
#include "memory.h"
#include "spares.h"

struct live_shard live_shards[LIVE_SHARDS];

_Atomic uint8_t live_filter[1u << (LIVE_SHARD_BITS + LIVE_CELLS_BITS)]
	__attribute__((aligned(4096)));

static size_t size_of(uint32_t nr_groups)
{
	return (nr_groups * LIVE_GROUP_SIZE + LIVE_PAGE - 1) &
	       ~(size_t)(LIVE_PAGE - 1);
}

static void give_up_table(const struct live_shard *s)
{
	if (s->groups != NULL)
		spares_give(s->groups, size_of(s->nr_groups));
}

void live_reset(bool forked)
{
	for (unsigned i = 0; i < LIVE_SHARDS && !forked; i++)
		give_up_table(&live_shards[i]);
	spares_reset(forked);
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

static void move(struct live_shard *to, const struct live_slot *slot)
{
	uint64_t hash = live_table_hash(slot->key);

	*live_table_take(to, live_table_home(to, hash), live_group_tag(hash)) =
		*slot;
}

bool live_table_resize(struct live_shard *s, uint32_t nr_groups)
{
	size_t size = size_of(nr_groups);
	struct live_shard old = *s;
	bool used;

	s->groups = spares_take(size, &used);
	if (s->groups == NULL) {
		*s = old;
		return false;
	}
	s->nr_groups = (uint32_t)(size / LIVE_GROUP_SIZE);
	if (used)
		memset(s->groups, 0, s->nr_groups * sizeof(*s->groups));
	s->slots = (struct live_slot *)(s->groups + s->nr_groups);
	for (uint32_t i = 0; i < old.nr_groups * LIVE_GROUP; i++)
		if (old.groups[i / LIVE_GROUP][i % LIVE_GROUP] != 0)
			move(s, &old.slots[i]);
	give_up_table(&old);
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
