/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * Sums of products of which none is rounded, so that they do not depend on the
 * order of adding up: numbers of 256 bits, without sign.
 */
struct wide {
	uint64_t word[4]; /* the lowest first */
};

static inline void wide_add_words(struct wide *to, const uint64_t *word)
{
	unsigned __int128 carry = 0;

	for (int i = 0; i < 4; i++) {
		carry += (unsigned __int128)to->word[i] + word[i];
		to->word[i] = (uint64_t)carry;
		carry >>= 64;
	}
}

static inline void wide_add(struct wide *to, const struct wide *w)
{
	wide_add_words(to, w->word);
}

/* Adds @a times @b. */
static inline void wide_add_product(struct wide *to, unsigned __int128 a,
				    unsigned __int128 b)
{
	uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
	uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
	unsigned __int128 low = (unsigned __int128)a0 * b0;
	unsigned __int128 one = (unsigned __int128)a0 * b1;
	unsigned __int128 two = (unsigned __int128)a1 * b0;
	unsigned __int128 high = (unsigned __int128)a1 * b1;
	unsigned __int128 middle = (low >> 64) + (uint64_t)one + (uint64_t)two;
	uint64_t word[4];

	high += (middle >> 64) + (one >> 64) + (two >> 64);
	word[0] = (uint64_t)low;
	word[1] = (uint64_t)middle;
	word[2] = (uint64_t)high;
	word[3] = (uint64_t)(high >> 64);
	wide_add_words(to, word);
}

static inline double wide_value(const struct wide *w)
{
	double v = 0;

	for (int i = 3; i >= 0; i--)
		v = v * 0x1p64 + (double)w->word[i];
	return v;
}
