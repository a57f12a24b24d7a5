/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>

#include "base.h"

/*
 * A mutex for a few dozen instructions: one atomic operation to take it, none
 * to drop it.  Who finds it held looks again from time to time, so that nobody
 * need be woken.  Zero: free.  Rank: below all of lock.h.
 */
struct latch {
	atomic_int held; /* 0 or 1 */
};

cold void latch_wait(struct latch *l);

static inline void latch_take(struct latch *l)
{
	if (unlikely(atomic_exchange_explicit(&l->held, 1,
					      memory_order_acquire)))
		latch_wait(l);
}

static inline void latch_drop(struct latch *l)
{
	atomic_store_explicit(&l->held, 0, memory_order_release);
}
