/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "log.h"
#include "sampler.h"
#include "stack.h"
#include "traces.h"

/*
 * What the recorder keeps for each thread of the program.
 *
 * A thread gets its state at its first allocation and gives it back when it
 * ends; another thread then goes on with it, and with its open block of the
 * log.  In a forked child all states read as zero (memory_wipe_on_fork()).
 *
 * A state belongs to one recording.  When that ends it is parked: its counters
 * are its own, and its next event finds that it has to enroll again.
 */

#define THREADS_DEFERRED 8

struct thread {
	/* Beside each other: what an allocation that is not recorded needs. */
	struct hpm_thread *slot; /* counters, in the profile, or &parked */
	struct sampler sampler;
	struct clock clock;
	uint64_t last_seen;   /* slot->seen at the last recorded alloc */
	uintptr_t last_block; /* address of that, 0: none */
	struct log_lane lane;
	uint32_t number;    /* from 1; 0: none yet, threads_get_number() */
	uint32_t session;   /* recording that it is enrolled in, from 1 */
	atomic_bool inside; /* the owner is within the recorder: guard.h */
	uint32_t nr_deferred;
	void *deferred[THREADS_DEFERRED]; /* frees out of a signal handler that
					     interrupted the recorder */
	struct thread *next;		  /* in the pool */
	struct thread *next_of_all;
	struct hpm_thread parked;
	struct stack stack; /* as it was at the last recorded allocation */
	struct traces_lately lately;
};

/*
 * Begins a recording of stacks of @depth frames (at most that of the first
 * one), sampling with @seed.  Nobody is inside.
 */
void threads_begin(size_t depth, uint64_t seed);

/* In a forked child: forgets all states, which are the parent's. */
void threads_forget(void);

/*
 * Ends it: waits until nobody is inside, and closes all lanes.  The log is off
 * already, so that nobody enters any more.
 */
void threads_end(void);

/* A state for the calling thread; NULL: no memory. */
struct thread *threads_new(void);

/*
 * A state for one event of a thread that has given its own back: most likely
 * that very one.  NULL as above.
 */
struct thread *threads_borrow(void);

/* Enrolls @t in the present recording, with a number if there is room. */
void threads_enroll(struct thread *t);

/* Another try to get @t a number.  False: there is no room in the file. */
bool threads_get_number(struct thread *t);

static inline bool threads_has_number(struct thread *t)
{
	return likely(t->number != 0) || threads_get_number(t);
}

/* Gives @t back. */
void threads_retire(struct thread *t);

extern uint32_t threads_session; /* the present recording, from 1 */
extern uint32_t *threads_alive;	 /* NULL, or 1; wiped to 0 in a forked child */

/* Is @t of an earlier recording? */
static inline bool threads_stale(const struct thread *t)
{
	return t->session != threads_session;
}

/*
 * Has this process been forked from the one that records?  False before the
 * first recording.
 */
static inline bool threads_forked(void)
{
	return threads_alive != NULL &&
	       __atomic_load_n(threads_alive, __ATOMIC_RELAXED) == 0;
}

/*
 * False: this kernel does not wipe memory; a child must be told by atfork, and
 * tell us.
 */
bool threads_wiped(void);
void threads_set_forked(void);

/* Takes the calling thread's name into the profile. */
void threads_refresh_name(struct thread *t);

/* Sums over all threads. */
void threads_count(struct hpm_thread *sum);
