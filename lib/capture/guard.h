/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "log.h"
#include "threads.h"

/*
 * The way into the recorder and out.
 *
 * Within it a thread is busy, and never enters again: a signal handler that
 * interrupted it finds it so, and what it allocates is not recorded.  While it
 * is inside with its state, nobody ends the recording.
 */
struct guard {
	struct thread *thread; /* NULL until its first allocation, in a forked
				  child, and when nothing is recorded */
	volatile bool busy;
	bool retired; /* its state was given back: it ends */
	uint8_t key_rounds;
};

/* The calling thread's. */
extern __thread struct guard guard;

/* Once; what holds for the life of the process.  False: no way in. */
bool guard_prepare(void);

static inline bool guard_busy(void)
{
	return guard.busy;
}

/* The fences keep what is done while busy between the two stores, as a signal
   handler sees them. */
static inline void guard_set_busy(bool on)
{
	atomic_signal_fence(memory_order_seq_cst);
	guard.busy = on;
	atomic_signal_fence(memory_order_seq_cst);
}

/* The way of a thread that has no state, or must not use it. */
cold struct thread *guard_enter_anew(void);

/*
 * The state to record with; NULL: nothing is to be recorded.  Closed by
 * guard_leave().  The caller has set busy.
 */
static inline struct thread *guard_enter(void)
{
	struct thread *t = guard.thread;

	if (unlikely(t == NULL))
		return guard_enter_anew();
	/* Pairs with the barrier in threads_end(). */
	atomic_store_explicit(&t->inside, true, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	/* In a forked child it is stale. */
	if (unlikely(!log_on() || threads_stale(t)))
		return guard_enter_anew();
	return t;
}

/* And is busy no more. */
static inline void guard_leave(struct thread *t)
{
	if (t != NULL)
		atomic_store_explicit(&t->inside, false, memory_order_release);
	guard_set_busy(false);
}

/* The log is off: waits for those who enter without a state to say so. */
void guard_wait(void);
