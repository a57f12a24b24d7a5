/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "base.h"

#include "log.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/*
 * The time of events, for half of what clock_gettime() costs: the processor's
 * cycle counter, compared with the system's clock every millisecond.  Between
 * two comparisons it is off by the rate's error in that millisecond, less than
 * two microseconds at first and soon some nanoseconds; if the counter should
 * turn out to be wrong, by a millisecond at most.
 *
 * One clock per thread: no other reads or writes it.  All zero: not yet
 * compared.  Times never go back, as the log wants it.
 */
struct clock {
	uint64_t cycles;       /* counter at the last comparison */
	uint64_t ns;	       /* time then, since log_open() */
	uint64_t good_for;     /* cycles from then on; 0: do not ask */
	uint64_t rate;	       /* nanoseconds a cycle, times 2^32 */
	uint64_t first_cycles; /* where the rate is measured from */
	uint64_t first_ns;
	uint64_t last; /* tick that was given out */
};

/* Once: may the counter be used? */
void clock_init(void);

/* clock_tick() where the counter is not enough. */
cold uint64_t clock_compare(struct clock *c);

/* Ticks since log_open(). */
static inline uint64_t clock_tick(struct clock *c)
{
#if defined(__x86_64__)
	uint64_t cycles = __rdtsc() - c->cycles;

	if (likely(cycles < c->good_for)) {
		uint64_t ns = c->ns + (cycles * c->rate >> 32);

		/* After a comparison it may have been ahead. */
		return c->last = MAX(c->last, ns >> LOG_TICK_SHIFT);
	}
#endif
	return clock_compare(c);
}
