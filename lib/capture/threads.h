/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log.h"
#include "sampler.h"

/*
 * What the recorder keeps for each thread of the program.
 *
 * A thread gets its state at its first allocation and gives it back when it
 * ends; another thread then goes on with it, and with its open block of the
 * log.  In a forked child all states read as zero (memory_wipe_on_fork()).
 */

#define THREADS_DEFERRED 8

struct thread {
	struct sampler sampler;
	struct hpm_thread *slot; /* counters, in the profile */
	uint64_t last_seen;	 /* slot->seen at the last recorded alloc */
	uintptr_t last_block;	 /* address of that, 0: none */
	struct log_lane lane;
	uint32_t number; /* from 1 */
	uint32_t nr_deferred;
	void *deferred[THREADS_DEFERRED]; /* frees out of a signal handler that
					     interrupted the recorder */
	struct thread *next;		  /* in the pool */
	uintptr_t pcs[];		  /* the stack being walked */
};

/*
 * Prepares for stacks of @depth frames and sampling with @seed.  False: a
 * forked child must be told by atfork.
 */
bool threads_init(size_t depth, uint64_t seed);

/* A state for the calling thread; NULL: no memory or no room in the file. */
struct thread *threads_new(void);

/*
 * A state for one event of a thread that has given its own back: most likely
 * that very one.  NULL as above.
 */
struct thread *threads_borrow(void);

/* Gives @t back. */
void threads_retire(struct thread *t);

/* Has this process been forked from the one that records? */
bool threads_forked(void);

/* Takes the calling thread's name into the profile. */
void threads_refresh_name(struct thread *t);

/* Sums over all threads. */
void threads_count(struct hpm_thread *sum);
