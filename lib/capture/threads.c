/* SPDX-License-Identifier: MIT */

/*
 * A thread's counters are a struct hpm_thread in a block of .hpm.  There are
 * HPM_THREADS_MAX numbers; a thread beyond that goes on under the number that
 * its state had before.
 */

#include "threads.h"

#include <string.h>
#include <sys/prctl.h>

#include "file.h"
#include "lock.h"
#include "memory.h"
#include "sys.h"

#define BLOCKS_MAX (HPM_THREADS_MAX / HPM_THREADS_PER_BLOCK + 1)

static struct lock lock;
static struct thread *pool;
static uint32_t nr_lanes, nr_threads;
static struct block_header *blocks[BLOCKS_MAX];
static size_t max_depth;
static uint64_t sampling_seed;
static uint32_t *alive; /* 1; wiped to 0 in a forked child */

bool threads_init(size_t depth, uint64_t seed)
{
	max_depth = depth;
	sampling_seed = seed;
	alive = memory_map(sizeof(*alive));
	if (alive == NULL)
		return false;
	*alive = 1;
	return memory_wipe_on_fork(alive, sizeof(*alive));
}

bool threads_forked(void)
{
	return __atomic_load_n(alive, __ATOMIC_RELAXED) == 0;
}

void threads_refresh_name(struct thread *t)
{
	char name[16] = "";

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

static struct thread *new_state(void)
{
	size_t size = sizeof(struct thread) + max_depth * sizeof(uintptr_t);
	struct thread *t = memory_map(size);

	if (t != NULL)
		memory_wipe_on_fork(t, size);
	return t;
}

static struct thread *take_state_locked(void)
{
	struct thread *t = pool;

	if (t != NULL) {
		pool = t->next;
		return t;
	}
	t = new_state();
	if (t != NULL)
		t->lane.number = nr_lanes++;
	return t;
}

struct thread *threads_new(void)
{
	struct hpm_thread *slot;
	struct thread *t;

	lock_take(&lock);
	t = take_state_locked();
	slot = t != NULL ? new_slot_locked() : NULL;
	if (slot != NULL) {
		t->slot = slot;
		t->number = nr_threads;
	} else if (t != NULL && t->slot == NULL) {
		t->next = pool;
		pool = t;
		t = NULL;
	}
	lock_drop(&lock);
	if (slot == NULL)
		return t;
	slot->tid = (uint32_t)syscall(SYS_gettid);
	slot->start_tick = log_tick();
	threads_refresh_name(t);
	sampler_init(&t->sampler, sampling_seed, t->number);
	t->last_block = 0;
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
	return t != NULL ? t : threads_new();
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
