/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base.h"

/*
 * A mutex for a few dozen instructions, which costs nothing as long as one
 * thread has it to itself.
 *
 * Whoever takes it first becomes its owner, and needs no atomic operation: it
 * says that it is inside, and looks whether it still is the owner.  Another
 * thread that comes makes the latch shared for good: it says so, has the kernel
 * run a memory barrier on all processors, and waits until the owner is out.
 * Either the owner sees that, or its being inside is seen.  A shared latch
 * takes one atomic operation to take and none to drop.
 *
 * Who finds it held looks again from time to time, so that nobody need be
 * woken.  All zero: free.  Rank: below all of lock.h.
 */
struct latch {
	_Atomic(const void *) owner; /* NULL: nobody yet */
	atomic_bool inside;	     /* the owner is */
	atomic_int held;	     /* 1: by another, or when shared */
};

#define LATCH_SHARED ((const void *)1)

/* Are there to be owners?  From the next latch that is all zero on. */
void latch_init(void);

/* Makes @n latches, @step bytes apart, shared; there are no owners any more. */
void latch_share_all(struct latch *l, size_t n, size_t step);

cold bool latch_take_as_other(struct latch *l, const void *me);

/*
 * @me: a pointer that is the calling thread's own as long as it holds the
 * latch.  Returns what latch_drop() wants to know.
 */
static hot bool latch_take(struct latch *l, const void *me)
{
	if (likely(atomic_load_explicit(&l->owner, memory_order_relaxed) ==
		   me)) {
		atomic_store_explicit(&l->inside, true, memory_order_relaxed);
		/* Pairs with the barrier of latch_take_as_other(). */
		atomic_signal_fence(memory_order_seq_cst);
		if (likely(atomic_load_explicit(&l->owner,
						memory_order_acquire) == me))
			return true;
		atomic_store_explicit(&l->inside, false, memory_order_release);
	}
	return latch_take_as_other(l, me);
}

static hot void latch_drop(struct latch *l, bool as_owner)
{
	if (likely(as_owner))
		atomic_store_explicit(&l->inside, false, memory_order_release);
	else
		atomic_store_explicit(&l->held, 0, memory_order_release);
}
