/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base.h"

#include "rows.h"
#include "unwind.h"

/*
 * From a frame to the one that called it, on x86-64.
 *
 * With tables that tell the truth, every slot read is one that the frame wrote.
 * Where a table is wrong, as some are of hand-written code, rbp can be anything
 * and rsp a little off.  So an address is believed only if it is a page at most
 * above the stack pointer, or in the first thread's stack, or the kernel says
 * that it can be read.  A signal
 * can come between any two instructions, and there are more wrong tables for
 * those that call nothing: beyond its frame the kernel is asked each time.
 *
 * A step is repeatable if what it does follows from the row, the frame and two
 * words that it reads: the return address below the new sp, and the new rbp at
 * bp_at.  From the same frame, with the same words there, the same step follows
 * again.  Steps for which the kernel was asked, and those of other rows than
 * ROW_SP and ROW_BP, are not.  Where the CFA is found by rsp and rbp is read
 * from the stack, as in many a function that uses rbp for something else, the
 * frame's rbp has no part in it.
 */
struct step {
	struct unwind_frame f;
	uintptr_t trusted; /* bytes above f.sp that are read unasked */
	uintptr_t bp_at;   /* where f.bp was read; 0: as it was in the frame
			      that this one called */
	uint32_t how;	   /* of the last step: row_mark(), STEP_* */
};

#define STEP_TRUSTED 4096
#define STEP_ONCE 0x1000u  /* not repeatable */
#define STEP_NO_BP 0x2000u /* f.bp made no difference */
#define STEP_NEVER 0x4000u /* the row says that there is no caller */
#define STEP_MARK 0x3ffu   /* row_mark() */

enum step_result {
	STEP_DONE,
	STEP_END,   /* there is no caller, or it is not found */
	STEP_OTHER, /* step_other() may know */
};

/* The stack is read where no variable of ours is. */
#define reads_stack __attribute__((no_sanitize("address")))

/* Once. */
void step_init(void);

/* True if the word at @address can be read; errno is kept. */
cold bool step_is_readable(uintptr_t address);

/*
 * True if it can, and always could: it is in the first thread's stack, which
 * the caller runs on, above what the caller has of it.  Such a stack is one
 * mapping that only grows.
 */
apart bool step_is_mapped(uintptr_t address);

/* The rest of a step whose result was STEP_OTHER.  Asks libgcc: see unwind.h
   for who may not. */
cold enum step_result step_other(struct step *w, uint64_t row);

reads_stack static hot uintptr_t step_load(uintptr_t address)
{
	return *(const uintptr_t *)address;
}

/* The word at @address is further up than is believed without a look. */
static hot bool step_may_read(struct step *w, uintptr_t address)
{
	if (w->trusted != 0 && step_is_mapped(address))
		return true;
	w->how |= STEP_ONCE;
	return step_is_readable(address);
}

/* Whether the word at @address, said to be at or above @sp, may be read. */
static hot bool step_is_sane(struct step *w, uintptr_t address, uintptr_t sp)
{
	if (address % 8 != 0 || address < sp)
		return false;
	return likely(address - sp < w->trusted) || step_may_read(w, address);
}

/* Leaves a frame whose CFA is known, and known to be good. */
reads_stack static hot enum step_result step_leave(struct step *w,
						   uintptr_t cfa, uintptr_t bp)
{
	if (bp != 0) {
		w->bp_at = cfa - bp;
		w->f.bp = step_load(w->bp_at);
	}
	w->f.pc = step_load(cfa - 8);
	w->f.sp = cfa;
	return STEP_DONE;
}

reads_stack static hot enum step_result step_by_sp(struct step *w, uint64_t row)
{
	uintptr_t cfa = w->f.sp + row_cfa(row);

	if (unlikely(row_cfa(row) > w->trusted)) {
		uintptr_t first = cfa - MAX(row_bp(row), 8), last = cfa - 8;

		/* They are next to each other, as a rule. */
		if (!step_may_read(w, first) ||
		    ((first ^ last) >= 4096 && !step_may_read(w, last)))
			return STEP_END;
	}
	if (row_bp(row) != 0)
		w->how |= STEP_NO_BP;
	return step_leave(w, cfa, row_bp(row));
}

reads_stack static hot enum step_result step_by_bp(struct step *w, uint64_t row)
{
	uintptr_t cfa = w->f.bp + row_cfa(row);

	if (!step_is_sane(w, cfa - 8, w->f.sp) ||
	    (row_bp(row) != 0 && !step_is_sane(w, cfa - row_bp(row), w->f.sp)))
		return STEP_END;
	return step_leave(w, cfa, row_bp(row));
}

/* The ways of the few: not ROW_SP, not ROW_BP. */
cold enum step_result step_by_rest(struct step *w, uint64_t row);

static hot enum step_result step_by(struct step *w, uint64_t row)
{
	enum step_result result;
	struct step rest;

	w->bp_at = 0;
	w->how = row_mark(row);
	if (likely(row_kind(row) == ROW_SP))
		return step_by_sp(w, row);
	if (row_kind(row) == ROW_BP)
		return step_by_bp(w, row);
	/* A copy, so that the other ways can have theirs in registers. */
	rest = *w;
	result = step_by_rest(&rest, row);
	*w = rest;
	return result;
}
