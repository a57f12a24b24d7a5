/* SPDX-License-Identifier: MIT */

#include "latch.h"

#include <linux/futex.h>

#include "sys.h"

#define LOOKS 200 /* before sleeping: some microseconds */
#define NAP_NS 20000

/*
 * It sleeps rather than yields: the holder may have a lower priority, and no
 * other processor.  Nobody wakes it; a futex is what malloc() itself waits for,
 * and so is allowed wherever we may be.
 */
void latch_wait(struct latch *l)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	unsigned looks = 0;

	do {
		while (atomic_load_explicit(&l->held, memory_order_relaxed))
			if (++looks > LOOKS)
				syscall(SYS_futex, &l->held, FUTEX_WAIT_PRIVATE,
					1, &nap);
	} while (atomic_exchange_explicit(&l->held, 1, memory_order_acquire));
}
