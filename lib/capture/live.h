/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "format/format.h"

/*
 * The blocks that were recorded and are not freed yet, by address.
 *
 * Nearly every free is of a block that was not recorded.  live_maybe() answers
 * "surely not" from a table of counters by hash of the address, with one load
 * and without a lock: it counts the live blocks of each hash, and saturates
 * rather than wraps, so it may say "maybe" too often but never "no" wrongly.
 * The program's own order of malloc before free makes relaxed order enough.
 *
 * Any thread may call any function; a lock per shard protects the rest.
 */

#define LIVE_FILTER_BITS 16
#define LIVE_FILTER_STUCK UINT16_MAX

struct live_entry {
	uint64_t address; /* 0: free */
	uint64_t size;	  /* asked for */
	uint64_t tick;	  /* of the allocation */
	uint32_t trace;	  /* node */
	uint16_t thread;  /* that allocated it */
	uint16_t waste;	  /* usable size less size, capped */
};

extern _Atomic uint16_t live_filter[1u << LIVE_FILTER_BITS];

/*
 * Empties the tables, and prepares them at the first call.  Nobody else is at
 * them.  @forked: this is a child, in which they may be in the middle of a
 * change; they are forgotten as they are.
 */
void live_reset(bool forked);

/*
 * Adds @e.  If its address is there already, the free of that block was never
 * seen: it goes to *@old and *@reused is true.  False: no memory.
 */
bool live_add(const struct live_entry *e, struct live_entry *old, bool *reused);

/* Takes the block at @address out, into *@e.  False: it was not there. */
bool live_remove(uint64_t address, struct live_entry *e);

/* Makes live_maybe() say "maybe" of every block, or end that. */
void live_watch_all(bool on);

static inline uint64_t live_hash(uint64_t address)
{
	return (address >> 3) * 0x9e3779b97f4a7c15u;
}

/* False: the block at @p is surely not in the table. */
static inline bool live_maybe(const void *p)
{
	uint64_t h = live_hash((uintptr_t)p) >> (64 - LIVE_FILTER_BITS);

	return unlikely(
		atomic_load_explicit(&live_filter[h], memory_order_relaxed));
}
