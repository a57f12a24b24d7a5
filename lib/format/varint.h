/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base.h"

/*
 * Unsigned LEB128: seven bits a byte, low bits first, the high bit says that
 * more follow.  Signed numbers are zigzag coded first.  Every number has one
 * encoding: a longer one than needed, or one beyond 64 bits, is damage.
 * heapprof-format(5), NUMBERS.
 */

#define VARINT_MAX 10 /* bytes of the longest encoding */

/* Reads within [p, end).  Once bad it stays bad, and every get is 0. */
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

/* Writes @v at @out, which has VARINT_MAX bytes.  Returns the bytes written. */
static inline size_t varint_put(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

static inline uint64_t varint_get(struct cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70 && c->p < c->end; shift += 7) {
		uint8_t b = *c->p++;

		if (shift == 63 && b > 1)
			break;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b & 0x80)
			continue;
		if (b == 0 && shift > 0)
			break;
		return v;
	}
	c->bad = true;
	return 0;
}

/* The low seven bits of each of eight bytes, next to each other. */
static inline uint64_t varint_pack(uint64_t v)
{
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	return (v & 0x000000000fffffff) | (v & 0x0fffffff00000000) >> 4;
}

#define VARINT_HIGH 0x8080808080808080u

/*
 * Looks at a number at the start of eight bytes without a branch, for those
 * whose lengths cannot be foreseen.  False: it is longer, or damaged, and
 * varint_get() has to look at it.
 */
static hot bool varint_look(uint64_t bytes, uint64_t *v, unsigned *length)
{
	uint64_t ends = ~bytes & VARINT_HIGH;
	unsigned last; /* the high bit of its last byte, which is 0 */

	if (unlikely(ends == 0))
		return false;
	last = (unsigned)__builtin_ctzll(ends);
	bytes &= ((uint64_t)2 << last) - 1;
	if (unlikely(bytes >> (last - 7) == 0 && last > 7))
		return false;
	*v = varint_pack(bytes & ~VARINT_HIGH);
	*length = (last >> 3) + 1;
	return true;
}

/*
 * As varint_get() where *@p has VARINT_MAX bytes and @mask is all ones; where
 * it is 0, so is *@v, and *@p stays where it is.  False: as varint_look().
 */
static hot bool varint_get_masked(const uint8_t **p, uint64_t mask, uint64_t *v)
{
	uint64_t bytes;
	unsigned length;

	memcpy(&bytes, *p, sizeof(bytes));
	if (unlikely(!varint_look(bytes, v, &length)))
		return false;
	*v &= mask;
	*p += length & mask;
	return true;
}

/* Nine or ten bytes, as most doubles have. */
static inline uint64_t varint_get_long(struct cursor *c)
{
	uint64_t bytes, v;

	memcpy(&bytes, c->p, sizeof(bytes));
	v = varint_pack(bytes & ~VARINT_HIGH) | (uint64_t)c->p[8] << 56;
	if (c->p[8] < 0x80) {
		c->bad |= c->p[8] == 0;
		c->p += 9;
		return v;
	}
	/* Of the tenth there is one bit, where the ninth has its high one. */
	c->bad |= c->p[9] != 1;
	c->p += 10;
	return v;
}

/* As varint_get(), where there are VARINT_MAX bytes at least. */
static hot uint64_t varint_get_within(struct cursor *c)
{
	const uint8_t *p = c->p;
	uint64_t v = p[0];

	if (likely(v < 0x80)) {
		c->p += 1;
		return v;
	}
	if (likely(p[1] < 0x80)) {
		c->p += 2;
		c->bad |= p[1] == 0;
		return (v & 0x7f) | (uint64_t)p[1] << 7;
	}
	if (likely(p[2] < 0x80)) {
		c->p += 3;
		c->bad |= p[2] == 0;
		return (v & 0x7f) | (uint64_t)(p[1] & 0x7f) << 7 |
		       (uint64_t)p[2] << 14;
	}
	if (likely(varint_get_masked(&c->p, UINT64_MAX, &v)))
		return v;
	memcpy(&v, p, sizeof(v));
	return (v & VARINT_HIGH) == VARINT_HIGH ? varint_get_long(c)
						: varint_get(c);
}

static inline uint64_t varint_zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t varint_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}
