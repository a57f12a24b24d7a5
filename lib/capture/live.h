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
 * "surely not" with one load and without a lock: a counter for each 64 bytes of
 * memory (and for others whose regions share a shard) counts the live blocks
 * that begin there.  It saturates rather than wraps, so it may say "maybe" too
 * often but never "no" wrongly.  The program's own order of malloc before free
 * makes relaxed order enough.  Counters of neighbours are neighbours: the line
 * that a free looks at is most likely one that the thread has looked at before,
 * and no other thread writes to.
 *
 * Any thread may call any function; a latch per shard protects the rest.  @me
 * is as in latch.h.
 */

#define LIVE_REGION_BITS 18 /* of memory, with one shard */
#define LIVE_SHARD_BITS 9
#define LIVE_CELL_BITS 6 /* of memory, with one counter */
#define LIVE_CELLS_BITS (LIVE_REGION_BITS - LIVE_CELL_BITS)
#define LIVE_STUCK UINT8_MAX

/* Blocks beyond these cannot be kept: no x86-64 program has them but by asking
   for it. */
#define LIVE_ADDRESS_MAX (UINT64_C(1) << 47)
#define LIVE_SIZE_MAX (UINT64_C(1) << 57)
#define LIVE_TRACE_MAX ((1u << 26) - 1)
/* From this size on, waste is not kept. */
#define LIVE_NO_WASTE (UINT64_C(1) << 41)

#define LIVE_TICK_MASK ((UINT64_C(1) << 48) - 1) /* 208 days */

struct live_entry {
	uint64_t address;
	uint64_t tick; /* of the allocation, by LIVE_TICK_MASK */
	struct hpd_block block;
};

enum live_added {
	LIVE_ADDED,
	LIVE_REUSED, /* in place of one whose free was never seen */
	LIVE_NO_ROOM,
};

extern _Atomic uint8_t live_filter[1u << (LIVE_SHARD_BITS + LIVE_CELLS_BITS)];

/*
 * Empties the tables, and prepares them at the first call.  Nobody else is at
 * them.  @forked: this is a child, in which they may be in the middle of a
 * change; they are forgotten as they are.
 */
void live_reset(bool forked);

/* Adds @e.  LIVE_REUSED: *@old is what was there.  LIVE_NO_ROOM: no memory, or
   beyond the limits above. */
enum live_added live_add(const void *me, const struct live_entry *e,
			 struct live_entry *old);

/* Takes the block at @address out, into *@e.  False: it was not there. */
bool live_remove(const void *me, uint64_t address, struct live_entry *e);

/* From now on no system call is made for want of a latch. */
void live_share(void);

/* Makes live_maybe() say "maybe" of every block, or end that. */
void live_watch_all(bool on);

/* Ticks from the allocation of @e to @now. */
static inline uint64_t live_age(const struct live_entry *e, uint64_t now)
{
	uint64_t age = (now - e->tick) & LIVE_TICK_MASK;

	/* Clocks of two threads may differ a little. */
	return age <= LIVE_TICK_MASK / 2 ? age : 0;
}

/* Shard of @address, in the low bits. */
static inline uint64_t live_shard(uint64_t address)
{
	return (address >> LIVE_REGION_BITS) * 0x9e3779b97f4a7c15u >>
	       (64 - LIVE_SHARD_BITS);
}

/* The counter of @address. */
static inline uint64_t live_cell(uint64_t address)
{
	uint64_t mask = (UINT64_C(1) << LIVE_CELLS_BITS) - 1;

	return live_shard(address) << LIVE_CELLS_BITS |
	       (address >> LIVE_CELL_BITS & mask);
}

/* False: the block at @p is surely not in the table. */
static inline bool live_maybe(const void *p)
{
	return unlikely(atomic_load_explicit(
		&live_filter[live_cell((uintptr_t)p)], memory_order_relaxed));
}
