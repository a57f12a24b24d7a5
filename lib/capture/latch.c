/* SPDX-License-Identifier: MIT */

/*
 * `held` is taken before `owner` is changed.
 */

#include "latch.h"

#include <linux/futex.h>
#include <linux/membarrier.h>

#include "sys.h"

#define LOOKS 200 /* before sleeping: some microseconds */
#define NAP_NS 20000

static bool owned; /* there are owners */

/*
 * It sleeps rather than yields: the holder may have a lower priority, and no
 * other processor.  Nobody wakes it; a futex is what malloc() itself waits for,
 * and so is allowed wherever we may be.
 */
static void nap(unsigned *looks)
{
	static atomic_int never = 1;
	const struct timespec time = {.tv_nsec = NAP_NS};

	if (++*looks > LOOKS)
		syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 1, &time);
}

static void hold(struct latch *l)
{
	unsigned looks = 0;

	while (atomic_exchange_explicit(&l->held, 1, memory_order_acquire))
		while (atomic_load_explicit(&l->held, memory_order_relaxed))
			nap(&looks);
}

static void barrier(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static void wait_for_owner(struct latch *l)
{
	unsigned looks = 0;

	while (atomic_load_explicit(&l->inside, memory_order_acquire))
		nap(&looks);
}

void latch_init(void)
{
	owned = sys_may() &&
		syscall(SYS_membarrier,
			MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

bool latch_take_as_other(struct latch *l, const void *me)
{
	const void *owner;

	hold(l);
	owner = atomic_load_explicit(&l->owner, memory_order_relaxed);
	if (likely(owner == LATCH_SHARED))
		return false;
	if (owner == NULL && owned) {
		atomic_store_explicit(&l->inside, true, memory_order_relaxed);
		atomic_store_explicit(&l->owner, me, memory_order_relaxed);
		atomic_store_explicit(&l->held, 0, memory_order_release);
		return true;
	}
	atomic_store_explicit(&l->owner, LATCH_SHARED, memory_order_relaxed);
	if (owner != NULL) {
		barrier();
		wait_for_owner(l);
	}
	return false;
}

static struct latch *at(struct latch *l, size_t i, size_t step)
{
	return (struct latch *)((char *)l + i * step);
}

void latch_share_all(struct latch *l, size_t n, size_t step)
{
	size_t i;

	owned = false;
	for (i = 0; i < n; i++) {
		hold(at(l, i, step));
		atomic_store_explicit(&at(l, i, step)->owner, LATCH_SHARED,
				      memory_order_relaxed);
	}
	barrier();
	for (i = 0; i < n; i++) {
		wait_for_owner(at(l, i, step));
		latch_drop(at(l, i, step), false);
	}
}
