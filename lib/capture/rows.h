/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.h"

/*
 * Code address -> how to get from a frame to its caller, on x86-64.
 *
 * Nearly all frames are left in one way: the CFA is rsp or rbp plus a constant,
 * the return address is at CFA - 8 and the caller's rbp still in place or at
 * CFA minus a constant.  That is a row, and with what says which address it is
 * for, it is one word:
 *
 *	bits 0-2    kind, enum row_kind
 *	bits 3-15   CFA offset / 8
 *	bits 16-22  where the caller's rbp is: (CFA - address) / 8; 0 in place
 *	bits 23-32  module: 0 one that is never unloaded, else its mark
 *	bits 33-63  the address, the part that its place does not tell
 *
 * The cache is one global array of such words, of fixed size and lossy.  Words
 * are read and written whole, so there is no lock and no order to keep, and a
 * row is never torn.  Any thread, signal handlers too.
 *
 * A row of a module that was unloaded is wrong for what is loaded at its place
 * next.  rows_clear() forgets all rows; the mark catches what was unloaded
 * without anyone being told.
 */
enum row_kind {
	ROW_EMPTY,    /* in the cache only, never returned */
	ROW_SP,	      /* CFA = rsp + offset */
	ROW_BP,	      /* CFA = rbp + offset */
	ROW_INDIRECT, /* CFA = *(rbp - offset), caller's rbp = *rbp */
	ROW_SIGNAL,   /* rsp points at the kernel's struct ucontext */
	ROW_END,      /* outermost frame */
	ROW_NONE,     /* no table */
	ROW_OTHER,    /* any other shape: unwind_past() */
};

#define ROWS_BITS 16
#define ROWS_ADDRESS_BITS 47
#define ROWS_TAG_BITS (ROWS_ADDRESS_BITS - ROWS_BITS)
/* Any odd number mixes without two addresses becoming one. */
#define ROWS_MIX UINT64_C(0x9e3779b97f4a7c15)

/* Rows by mixed address.  Zero: empty. */
extern _Atomic uint64_t rows_cache[1 << ROWS_BITS];

static inline enum row_kind row_kind(uint64_t row)
{
	return row & 7;
}

static inline uintptr_t row_cfa(uint64_t row)
{
	return row & 0xfff8;
}

static inline uintptr_t row_bp(uint64_t row)
{
	return row >> 13 & 0x3f8;
}

static inline unsigned row_mark(uint64_t row)
{
	return row >> 23 & 0x3ff;
}

/* The module that a walk looked up last, so as not to look it up again. */
struct rows_module {
	uintptr_t start, end; /* [start, end); empty at first */
	unsigned mark;
};

/* Once, before anything is loaded that could be unloaded. */
void rows_init(void);

/* False where this machine has no rows; then nothing else may be called. */
bool rows_supported(void);

/* Finds the row and keeps it. */
cold uint64_t rows_fill(uintptr_t at);

/* The row at @at, if the module there is no longer the one it was made from. */
uint64_t rows_recheck(uintptr_t at, uint64_t row, struct rows_module *module);

/*
 * The row of the entry @fde that the program registered for @at; not kept, for
 * nobody says when the program takes it back.
 */
uint64_t rows_registered(const uint8_t *fde, uintptr_t at);

/* Forgets all rows.  errno is kept. */
void rows_clear(void);

/*
 * The row for the instruction at @at: for a return address, at or before the
 * last byte of the call.  The kind is never ROW_EMPTY.
 */
static inline uint64_t rows_find(uintptr_t at, struct rows_module *module)
{
	uint64_t mixed =
		at * ROWS_MIX & ((UINT64_C(1) << ROWS_ADDRESS_BITS) - 1);
	uint64_t row = atomic_load_explicit(&rows_cache[mixed >> ROWS_TAG_BITS],
					    memory_order_relaxed);

	if (unlikely(row >> (64 - ROWS_TAG_BITS) !=
			     (mixed & ((UINT64_C(1) << ROWS_TAG_BITS) - 1)) ||
		     row_kind(row) == ROW_EMPTY ||
		     at >> ROWS_ADDRESS_BITS != 0))
		return rows_fill(at);
	if (unlikely(row_mark(row) != 0))
		return rows_recheck(at, row, module);
	return row;
}
