/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base.h"

/*
 * Slots of a table, looked at together: 16 bytes, which are a tag for each of
 * 15 slots, 0 if it is free, and in the last one how many entries would have
 * had their place here, but found it full.  (As in F14, Bronson and Shi 2019;
 * the idea of tags is that of Swiss tables, Kulukundis 2017.)
 *
 * Read and written as a whole: a processor waits where it is to read together
 * what was just written in part.
 */
#define LIVE_GROUP 15u /* slots */

typedef uint8_t live_group __attribute__((vector_size(16)));

/* In all 15 slots, and the last byte. */
static hot live_group live_group_of(uint8_t tag)
{
	return (live_group){} + tag;
}

/* Never 0; from the middle of a hash, whose upper half says which group. */
static hot live_group live_group_tag(uint64_t hash)
{
	return live_group_of((uint8_t)(hash >> 25 | 0x80));
}

/* Bit i: slot i has the tag; all of @tag's bytes are alike. */
static hot uint32_t live_group_match(live_group g, live_group tag)
{
	live_group same = (live_group)(g == tag);
	uint32_t bits = 0;

#if defined(__SSE2__)
	typedef char bytes __attribute__((vector_size(16)));

	bits = (uint32_t)__builtin_ia32_pmovmskb128((bytes)same);
#else
	for (uint32_t i = 0; i < LIVE_GROUP; i++)
		bits |= (uint32_t)(same[i] & 1) << i;
#endif
	return bits & ((1u << LIVE_GROUP) - 1);
}

/* Gives slot @i the tag. */
static hot void live_group_set(live_group *g, uint32_t i, live_group tag)
{
	static const uint8_t at[2 * LIVE_GROUP + 1] = {[LIVE_GROUP] = 0xff};
	live_group mask;

	__builtin_memcpy(&mask, at + LIVE_GROUP - i, sizeof(mask));
	*g = (*g & ~mask) | (tag & mask);
}

/* Does no entry go on to the next group? */
static hot bool live_group_is_last(const live_group *g)
{
	return likely((*g)[LIVE_GROUP] == 0);
}

/* One more entry goes on, or one less; many are not counted any more. */
static hot void live_group_pass(live_group *g, int change)
{
	if ((*g)[LIVE_GROUP] != UINT8_MAX)
		(*g)[LIVE_GROUP] = (uint8_t)((*g)[LIVE_GROUP] + change);
}
