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
 *	bits 33-63  which address, row_tag_of()
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
	ROW_NONE,     /* in no module; also an empty place in the cache */
	ROW_SP,	      /* CFA = rsp + offset */
	ROW_BP,	      /* CFA = rbp + offset */
	ROW_INDIRECT, /* CFA = *(rbp - offset), caller's rbp = *rbp */
	ROW_SIGNAL,   /* rsp points at the kernel's struct ucontext */
	ROW_END,      /* outermost frame, or no table: cannot be left */
	ROW_OTHER,    /* any other shape: unwind_past() */
};

#define ROWS_BITS 16

/* Relaxed: a row means the same whenever it is seen. */
extern _Atomic uint64_t rows_cache[1 << ROWS_BITS];

/*
 * Where the row for @at is.  Calls are hardly ever less than four bytes apart,
 * so those that follow each other have their rows side by side.
 */
static inline _Atomic uint64_t *rows_place(uintptr_t at)
{
	/* Modules are much alike in the low bits: mix in those above. */
	return &rows_cache[(at >> 2 ^ at >> (ROWS_BITS + 2)) &
			   ((1 << ROWS_BITS) - 1)];
}

/* What a row says about the address that it is for. */
static inline uint64_t row_tag(uint64_t row)
{
	return row >> 33;
}

/*
 * What tells @at from all others with its place: bits 18-46 and 0-1; more than
 * 31 bits if it cannot be kept.  Inverted, so that an empty place is for where
 * no code is, the end of memory.
 */
static inline uint64_t row_tag_of(uintptr_t at)
{
	return (at >> (ROWS_BITS + 2) << 2 | (at & 3)) ^ 0x7fffffff;
}

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

extern bool rows_usable; /* set by rows_init() */

/* False where this machine has no rows; then nothing else may be called. */
static inline bool rows_supported(void)
{
	return rows_usable;
}

/* Finds the row and keeps it. */
cold uint64_t rows_fill(uintptr_t at);

/* The row at @at, if the module there is no longer the one it was made from. */
uint64_t rows_recheck(uintptr_t at, uint64_t row, struct rows_module *module);

/* Is the module at @at still that of a row with this mark, as far as a mark can
   tell? */
bool rows_hold(uintptr_t at, unsigned mark, struct rows_module *module);

/*
 * The row of the entry @fde that the program registered for @at; not kept, for
 * nobody says when the program takes it back.
 */
uint64_t rows_registered(const uint8_t *fde, uintptr_t at);

/* Forgets all rows.  errno is kept. */
void rows_clear(void);

/*
 * The row for the instruction at @at: for a return address, at or before the
 * last byte of the call.
 */
static inline uint64_t rows_find(uintptr_t at, struct rows_module *module)
{
	uint64_t row =
		atomic_load_explicit(rows_place(at), memory_order_relaxed);

	/* False for addresses too large to be kept, too. */
	if (unlikely(row_tag(row) != row_tag_of(at)))
		return rows_fill(at);
	if (unlikely(row_mark(row) != 0))
		return rows_recheck(at, row, module);
	return row;
}
