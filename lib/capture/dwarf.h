/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The numbers that unwind tables are made of, read through a cursor.  It stops
 * at the end of what it may read and remembers that it had to: a caller tests
 * @bad once, when it is done, and until then gets zeros.
 */
struct dwarf_cursor {
	const uint8_t *p, *end;
	bool bad; /* read past the end, or met something unknown */
};

static inline uint64_t dwarf_fixed(struct dwarf_cursor *c, size_t size)
{
	uint64_t value = 0;

	if ((size_t)(c->end - c->p) < size) {
		c->bad = true;
		c->p = c->end;
		return 0;
	}
	memcpy(&value, c->p, size);
	c->p += size;
	return value;
}

/* The bits of a number, how many these are, and its @last byte. */
static inline uint64_t dwarf_leb(struct dwarf_cursor *c, unsigned *shift,
				 uint8_t *last)
{
	uint64_t value = 0;

	*shift = 0;
	do {
		*last = (uint8_t)dwarf_fixed(c, 1);
		if (*shift < 64)
			value |= (uint64_t)(*last & 0x7f) << *shift;
		*shift += 7;
	} while (*last & 0x80);
	return value;
}

static inline uint64_t dwarf_uleb(struct dwarf_cursor *c)
{
	unsigned shift;
	uint8_t last;

	return dwarf_leb(c, &shift, &last);
}

static inline int64_t dwarf_sleb(struct dwarf_cursor *c)
{
	unsigned shift;
	uint8_t last;
	uint64_t value = dwarf_leb(c, &shift, &last);

	if (shift < 64 && (last & 0x40))
		value |= UINT64_MAX << shift;
	return (int64_t)value;
}

/* A block with its length before it. */
static inline struct dwarf_cursor dwarf_block(struct dwarf_cursor *c)
{
	uint64_t size = dwarf_uleb(c);
	struct dwarf_cursor block = {.p = c->p, .end = c->p, .bad = false};

	if (size > (uint64_t)(c->end - c->p)) {
		c->bad = true;
		return block;
	}
	c->p += size;
	block.end = c->p;
	return block;
}

/* A number in the format half of a DW_EH_PE_ byte. */
static inline uint64_t dwarf_format(struct dwarf_cursor *c, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case 0x00: /* absptr */
	case 0x04: /* udata8 */
	case 0x0c: /* sdata8 */
		return dwarf_fixed(c, 8);
	case 0x01:
		return dwarf_uleb(c);
	case 0x02:
		return dwarf_fixed(c, 2);
	case 0x03:
		return dwarf_fixed(c, 4);
	case 0x09:
		return (uint64_t)dwarf_sleb(c);
	case 0x0a:
		return (uint64_t)(int16_t)dwarf_fixed(c, 2);
	case 0x0b:
		return (uint64_t)(int32_t)dwarf_fixed(c, 4);
	}
	c->bad = true;
	return 0;
}

/* An address: absolute or relative to where it stands. */
static inline uintptr_t dwarf_address(struct dwarf_cursor *c, uint8_t encoding)
{
	uintptr_t base = (encoding & 0xf0) == 0x10 ? (uintptr_t)c->p : 0;

	if ((encoding & 0xf0) != 0x10 && (encoding & 0xf0) != 0x00)
		c->bad = true;
	return base + dwarf_format(c, encoding);
}
