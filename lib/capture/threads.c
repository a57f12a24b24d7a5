/* SPDX-License-Identifier: MIT */

/*
 * A thread's counters are a struct hpm_thread in a block of .hpm.  There are
 * HPM_THREADS_MAX numbers; a thread beyond that goes on under the number that
 * its state had before.  Without any number, since the file cannot grow, it
 * counts for itself.
 */

#include "threads.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "file.h"
#include "lock.h"
#include "memory.h"
#include "sys.h"

#define BLOCKS_MAX (HPM_THREADS_MAX / HPM_THREADS_PER_BLOCK + 1)

uint32_t threads_session;
uint32_t *threads_alive;

static struct lock lock;
static struct thread *pool, *all;
static uint32_t nr_lanes, nr_threads;
static struct block_header *blocks[BLOCKS_MAX];
static size_t max_depth;
static uint64_t sampling_seed;
static bool wiped;

void threads_begin(size_t depth, uint64_t seed)
{
	if (threads_alive == NULL) {
		max_depth = depth;
		threads_alive = memory_map(sizeof(*threads_alive));
		wiped = threads_alive != NULL &&
			memory_wipe_on_fork(threads_alive,
					    sizeof(*threads_alive));
	}
	if (threads_alive != NULL)
		*threads_alive = 1;
	sampling_seed = seed;
	nr_threads = 0;
	memset(blocks, 0, sizeof(blocks));
	threads_session++;
	/* What they had drawn was for other rates. */
	for (struct thread *t = all; t != NULL; t = t->next_of_all)
		memset(t->sampler.left, 0, sizeof(t->sampler.left));
}

void threads_forget(void)
{
	lock = (struct lock){0};
	pool = all = NULL;
	nr_lanes = 0;
}

bool threads_wiped(void)
{
	return wiped;
}

void threads_set_forked(void)
{
	*threads_alive = 0;
	threads_session++;
}

/*
 * An owner stores `inside` and then looks whether the log is on; we have
 * stored the latter and look at the former.  The barrier is on our side only,
 * so that owners need none.
 */
static void wait_for_owners(const struct thread *first)
{
	/* The global one waits for all processors of the machine, often for
	   tens of milliseconds. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		    0, 0) != 0 ||
	    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) !=
		    0)
		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	for (const struct thread *t = first; t != NULL; t = t->next_of_all)
		while (atomic_load(&t->inside))
			sched_yield();
}

void threads_end(void)
{
	const struct thread *waited_for = NULL;

	/* Without the lock: who is inside may be waiting for it to get a
	   number. The list only grows, at its front. */
	lock_take(&lock);
	while (waited_for != all) {
		waited_for = all;
		lock_drop(&lock);
		wait_for_owners(waited_for);
		lock_take(&lock);
	}
	for (struct thread *t = all; t != NULL; t = t->next_of_all) {
		t->slot = &t->parked;
		log_close_lane(&t->lane);
	}
	lock_drop(&lock);
}

void threads_refresh_name(struct thread *t)
{
	char name[16] = "";

	if (!sys_may())
		return;
	syscall(SYS_prctl, PR_GET_NAME, name, 0, 0, 0);
	memcpy(t->slot->name, name, sizeof(name));
}

/* The counters of a new thread; NULL: no number or no room is left. */
static struct hpm_thread *new_slot_locked(void)
{
	uint32_t at = nr_threads % HPM_THREADS_PER_BLOCK;
	struct block_header **b = &blocks[nr_threads / HPM_THREADS_PER_BLOCK];

	if (nr_threads == HPM_THREADS_MAX)
		return NULL;
	if (*b == NULL) {
		*b = log_meta_block(BLOCK_THREADS);
		if (*b == NULL)
			return NULL;
		(*b)->first = nr_threads + 1;
		file_publish(*b);
	}
	__atomic_store_n(&(*b)->used,
			 (uint32_t)((at + 1) * sizeof(struct hpm_thread)),
			 __ATOMIC_RELEASE);
	nr_threads++;
	return (struct hpm_thread *)(*b + 1) + at;
}

static struct thread *new_state_locked(void)
{
	size_t size = sizeof(struct thread) + STACK_MEMORY(max_depth);
	struct thread *t = memory_map(size);

	if (t == NULL)
		return NULL;
	memory_wipe_on_fork(t, size);
	t->lane.number = nr_lanes++;
	t->slot = &t->parked;
	stack_use(&t->stack, t + 1, max_depth);
	t->next_of_all = all;
	all = t;
	return t;
}

bool threads_get_number(struct thread *t)
{
	struct hpm_thread *slot;

	lock_take(&lock);
	slot = new_slot_locked();
	if (slot != NULL) {
		t->slot = slot;
		t->number = nr_threads;
	}
	lock_drop(&lock);
	if (slot == NULL)
		return false;
	slot->tid = sys_may() ? (uint32_t)syscall(SYS_gettid) : 0;
	slot->start_tick = log_tick();
	threads_refresh_name(t);
	return true;
}

void threads_enroll(struct thread *t)
{
	if (threads_stale(t)) {
		t->slot = &t->parked;
		t->number = 0;
	}
	t->session = threads_session;
	threads_get_number(t);
	sampler_init(&t->sampler, sampling_seed,
		     t->number != 0 ? t->number : UINT64_MAX - t->lane.number);
	t->clock = (struct clock){0};
	t->last_block = 0;
	/* Its nodes are of another tree. */
	stack_forget(&t->stack);
	memset(&t->lately, 0, sizeof(t->lately));
}

struct thread *threads_new(void)
{
	struct thread *t;

	lock_take(&lock);
	t = pool;
	if (t != NULL)
		pool = t->next;
	else
		t = new_state_locked();
	lock_drop(&lock);
	if (t != NULL)
		threads_enroll(t);
	return t;
}

struct thread *threads_borrow(void)
{
	struct thread *t;

	lock_take(&lock);
	t = pool;
	if (t != NULL)
		pool = t->next;
	lock_drop(&lock);
	if (t == NULL)
		return threads_new();
	if (threads_stale(t))
		threads_enroll(t);
	return t;
}

void threads_retire(struct thread *t)
{
	lock_take(&lock);
	t->next = pool;
	pool = t;
	lock_drop(&lock);
}

void threads_count(struct hpm_thread *sum)
{
	memset(sum, 0, sizeof(*sum));
	lock_take(&lock);
	for (uint32_t i = 0; i < nr_threads; i++) {
		const struct block_header *b =
			blocks[i / HPM_THREADS_PER_BLOCK];
		const struct hpm_thread *t =
			(const struct hpm_thread *)(b + 1) +
			i % HPM_THREADS_PER_BLOCK;

		sum->seen += t->seen;
		sum->seen_bytes += t->seen_bytes;
		sum->recorded += t->recorded;
		sum->freed += t->freed;
	}
	lock_drop(&lock);
}
