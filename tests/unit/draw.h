/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * Random numbers of tests, the same in each run: Marsaglia's xorshift64.
 * @state is not 0 at first.
 */

static inline uint64_t draw_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* From 0 to @n - 1. */
static inline uint64_t draw_below(uint64_t *state, uint64_t n)
{
	return (draw_next(state) >> 11) % n;
}

/* From 0 to 1, without it. */
static inline double draw_part(uint64_t *state)
{
	return (double)(draw_next(state) >> 11) * 0x1p-53;
}
