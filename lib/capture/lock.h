/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base.h"

/*
 * A mutex of one word that needs no initialisation and no libpthread: 0 free,
 * 1 held, 2 held and waited for (Drepper, "Futexes are tricky", mutex2).
 *
 * The recorder never takes a lock while it holds one of a higher rank:
 *	threads < traces < modules < log, spares
 * and a thread that is within the recorder never enters it again (the busy
 * flag of recorder.c), so that a signal handler cannot wait for itself.
 */
struct lock {
	_Atomic int word;
};

static inline void lock_take(struct lock *l)
{
	int free_word = 0;

	if (likely(atomic_compare_exchange_strong_explicit(
		    &l->word, &free_word, 1, memory_order_acquire,
		    memory_order_relaxed)))
		return;
	while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire))
		syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, NULL);
}

static inline void lock_drop(struct lock *l)
{
	if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
		syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1);
}
