/* SPDX-License-Identifier: MIT */

#include "histogram.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "live.h"
#include "lock.h"
#include "memory.h"
#include "preload.h"
#include "sys.h"

#define FLUSH 4096 /* bytes a thread keeps to itself */

/* One thread's counts; they stay when it ends, and another one goes on. */
struct part {
	struct histogram h;
	int64_t pending;     /* live bytes not yet in `live` */
	int64_t pending_max; /* the most that `pending` was */
	struct part *next;   /* in the pool */
	struct part *next_of_all;
};

bool histogram_on;

static __thread struct part *mine;

static struct lock lock; /* protects all below but the atomics */
static struct part *pool, *all;
static pthread_key_t key;
static uint64_t begin_ns;
static struct histogram_summary summary;
static _Atomic int64_t live, peak;
static _Atomic int64_t copied; /* live bytes when the peak was last copied */

static void give_back(void *part)
{
	struct part *p = part;

	mine = NULL;
	lock_take(&lock);
	p->next = pool;
	pool = p;
	lock_drop(&lock);
}

static struct part *take_part(void)
{
	struct part *p;

	lock_take(&lock);
	p = pool;
	if (p != NULL) {
		pool = p->next;
	} else {
		p = memory_map(sizeof(*p));
		if (p != NULL) {
			p->next_of_all = all;
			all = p;
		}
	}
	lock_drop(&lock);
	mine = p;
	if (p != NULL)
		pthread_setspecific(key, p);
	return p;
}

static void add_up_locked(struct histogram *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (const struct part *p = all; p != NULL; p = p->next_of_all) {
		for (int c = 0; c < HISTOGRAM_CLASSES; c++) {
			for (int g = 0; g < HISTOGRAM_GROWTH; g++)
				sum->grown[c][g] += p->h.grown[c][g];
			sum->count[c] += p->h.count[c];
			sum->bytes[c] += p->h.bytes[c];
			sum->live_count[c] += p->h.live_count[c];
			sum->live_bytes[c] += p->h.live_bytes[c];
		}
	}
}

static void copy_peak(int64_t now)
{
	struct histogram *sum = &summary.now;

	lock_take(&lock);
	add_up_locked(sum);
	for (int c = 0; c < HISTOGRAM_CLASSES; c++) {
		summary.peak_count[c] = (uint64_t)MAX(sum->live_count[c], 0);
		summary.peak_class[c] = (uint64_t)MAX(sum->live_bytes[c], 0);
	}
	atomic_store(&copied, now);
	lock_drop(&lock);
}

static void flush(struct part *p)
{
	int64_t before = atomic_fetch_add(&live, p->pending);
	int64_t top = before + p->pending_max, old = atomic_load(&peak);

	p->pending = p->pending_max = 0;
	while (top > old && !atomic_compare_exchange_weak(&peak, &old, top))
		;
	if (top > atomic_load(&copied) / 50 * 51 + FLUSH / 4)
		copy_peak(top);
}

static void change(struct part *p, int64_t bytes)
{
	p->pending += bytes;
	p->pending_max = MAX(p->pending_max, p->pending);
	if (unlikely(p->pending > FLUSH || p->pending < -FLUSH))
		flush(p);
}

void histogram_put_back(size_t usable)
{
	struct part *p = mine != NULL ? mine : take_part();
	unsigned c = histogram_class(usable);

	if (p == NULL)
		return;
	p->h.live_count[c]++;
	p->h.live_bytes[c] += (int64_t)usable;
	change(p, (int64_t)usable);
}

void histogram_add(void *block, size_t size)
{
	size_t usable = real.malloc_usable_size(block);
	unsigned c = histogram_class(size);
	unsigned growth = histogram_class(MAX(usable, size)) - c;

	histogram_put_back(usable);
	if (mine == NULL)
		return;
	mine->h.count[c]++;
	mine->h.bytes[c] += size;
	mine->h.grown[c][MIN(growth, HISTOGRAM_GROWTH - 1u)]++;
}

size_t histogram_remove(void *block)
{
	size_t usable = real.malloc_usable_size(block);
	struct part *p = mine != NULL ? mine : take_part();
	unsigned c = histogram_class(usable);

	if (p == NULL || block == NULL)
		return usable;
	p->h.live_count[c]--;
	p->h.live_bytes[c] -= (int64_t)usable;
	change(p, -(int64_t)usable);
	return usable;
}

bool histogram_begin(void)
{
	static bool prepared;

	if (!prepared && pthread_key_create(&key, give_back) != 0)
		return false;
	prepared = true;
	for (struct part *p = all; p != NULL; p = p->next_of_all) {
		memset(&p->h, 0, sizeof(p->h));
		p->pending = p->pending_max = 0;
	}
	memset(&summary, 0, sizeof(summary));
	live = peak = copied = 0;
	begin_ns = sys_now_ns();
	live_watch_all(true);
	__atomic_store_n(&histogram_on, true, __ATOMIC_SEQ_CST);
	return true;
}

void histogram_end(struct histogram_summary *out)
{
	__atomic_store_n(&histogram_on, false, __ATOMIC_SEQ_CST);
	live_watch_all(false);
	lock_take(&lock);
	for (struct part *p = all; p != NULL; p = p->next_of_all) {
		int64_t top = live + p->pending_max;

		if (top > peak)
			peak = top;
	}
	add_up_locked(&summary.now);
	summary.peak_bytes = (uint64_t)MAX(peak, 0);
	summary.duration_ns = sys_now_ns() - begin_ns;
	*out = summary;
	lock_drop(&lock);
}
