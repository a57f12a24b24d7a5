/* SPDX-License-Identifier: MIT */

#include "recorder.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "modules.h"
#include "preload.h"
#include "setup.h"
#include "stack.h"
#include "sys.h"
#include "traces.h"

#define CHORE_NS 10000000u /* resident size, names, modules: every 10 ms */
#define KEY_ROUNDS 3	   /* thread destructors may still allocate before */

__thread struct thread *recorder_thread;

static __thread volatile bool busy_flag;
static __thread bool retired; /* its state was given back: it ends */
static __thread uint8_t key_rounds;

static struct setup setup;
static pthread_key_t key;
static _Atomic uint64_t next_chore; /* tick */
static uint64_t chore_ticks;

static void thread_ends(void *state);

static bool busy(void)
{
	return busy_flag;
}

/* The fences keep what is done while busy between the two stores, as a signal
   handler sees them. */
static void set_busy(bool on)
{
	atomic_signal_fence(memory_order_seq_cst);
	busy_flag = on;
	atomic_signal_fence(memory_order_seq_cst);
}

static void forget_in_child(void)
{
	recorder_thread = NULL;
	log_forget();
}

static struct thread *begin_thread(void)
{
	struct thread *t = threads_new();

	if (t == NULL)
		return NULL;
	if (!retired) {
		recorder_thread = t;
		pthread_setspecific(key, t);
	}
	return t;
}

/*
 * The state to record with; NULL: nothing is to be recorded.  Closed by
 * leave().  The caller has set busy.
 */
static struct thread *enter(void)
{
	if (!log_on() || threads_forked()) {
		forget_in_child();
		return NULL;
	}
	if (recorder_thread != NULL)
		return recorder_thread;
	return retired ? threads_borrow() : begin_thread();
}

static void free_deferred(struct thread *t)
{
	while (t->nr_deferred > 0) {
		void *p = t->deferred[--t->nr_deferred];

		if (!live_maybe(p) || recorder_free(p))
			real.free(p);
	}
}

static void leave(struct thread *t)
{
	set_busy(false);
	if (t == NULL)
		return;
	if (unlikely(t->nr_deferred > 0))
		free_deferred(t);
	if (unlikely(t != recorder_thread))
		threads_retire(t);
}

/* The second number of /proc/self/statm; 0 if it cannot be read. */
static uint64_t read_rss_pages(void)
{
	char text[128];
	int fd = sys_open("/proc/self/statm", O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : sys_read(fd, text, sizeof(text) - 1);
	uint64_t pages = 0;
	char *p;

	if (fd >= 0)
		sys_close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strchr(text, ' ');
	for (p = p ? p + 1 : text; *p >= '0' && *p <= '9'; p++)
		pages = pages * 10 + (uint64_t)(*p - '0');
	return pages;
}

static void log_rss(struct thread *t, uint64_t tick)
{
	struct hpd_event e = {.kind = HPD_RSS,
			      .tick = tick,
			      .thread = t->number,
			      .rss = read_rss_pages()};

	if (e.rss > 0)
		log_event(&t->lane, &e);
}

/* What is done now and then, by whoever records an event at that time. */
static void do_chores(struct thread *t, uint64_t tick)
{
	uint64_t due = atomic_load_explicit(&next_chore, memory_order_relaxed);

	if (likely(tick < due) ||
	    !atomic_compare_exchange_strong(&next_chore, &due,
					    tick + chore_ticks))
		return;
	log_rss(t, tick);
	threads_refresh_name(t);
	if (modules_check())
		stack_unloaded();
}

static void log_free(struct thread *t, const struct live_entry *e,
		     uint64_t tick, bool temporary)
{
	struct hpd_event event = {.kind = temporary ? HPD_TEMPORARY : HPD_FREE,
				  .tick = tick,
				  .age = tick > e->tick ? tick - e->tick : 0,
				  .thread = t->number,
				  .block = {.size = e->size,
					    .trace = e->trace,
					    .thread = e->thread,
					    .waste = e->waste}};

	log_event(&t->lane, &event);
	t->slot->freed++;
}

static void log_alloc(struct thread *t, const struct live_entry *e)
{
	struct hpd_event event = {.kind = HPD_ALLOC,
				  .tick = e->tick,
				  .thread = t->number,
				  .block = {.size = e->size,
					    .trace = e->trace,
					    .thread = e->thread,
					    .waste = e->waste}};

	log_event(&t->lane, &event);
	t->slot->recorded++;
	/* A thread is named some time after it began. */
	if ((t->slot->recorded & (t->slot->recorded - 1)) == 0)
		threads_refresh_name(t);
}

static uint32_t find_trace(struct thread *t)
{
	bool cut;
	size_t n = stack_walk(t->pcs, setup.depth, &cut);
	size_t own = 0;
	uint32_t trace;

	while (own < n && preload_owns(t->pcs[own]))
		own++;
	if (cut)
		log_count(HPM_CUT_STACKS);
	trace = traces_find(t->pcs + own, n - own, cut);
	if (trace == 0)
		log_count(HPM_LOST_STACKS);
	return trace;
}

static uint16_t waste_of(void *p, size_t size)
{
	size_t usable = real.malloc_usable_size(p);

	if (usable <= size)
		return 0;
	return (uint16_t)MIN(usable - size, UINT16_MAX);
}

static void record(struct thread *t, void *p, size_t size, bool usable)
{
	struct live_entry old, e = {.address = (uintptr_t)p,
				    .size = size,
				    .trace = find_trace(t),
				    .thread = (uint16_t)t->number,
				    .waste = usable ? waste_of(p, size) : 0};
	bool reused;

	e.tick = log_tick();
	if (!live_add(&e, &old, &reused)) {
		log_count(HPM_LOST_MEMORY);
		return;
	}
	if (unlikely(reused)) {
		log_count(HPM_LOST_REUSED);
		log_free(t, &old, e.tick, false);
	}
	log_alloc(t, &e);
	t->last_block = e.address;
	t->last_seen = t->slot->seen;
	do_chores(t, e.tick);
}

static void take_in(struct thread *t, void *p, size_t size, bool usable,
		    bool hit)
{
	t->slot->seen++;
	t->slot->seen_bytes += size;
	if (hit) {
		sampler_rearm(&t->sampler, size);
		record(t, p, size, usable);
	}
}

void recorder_alloc(void *p, size_t size, bool usable)
{
	int saved_errno = errno;
	bool asked = recorder_thread != NULL;
	struct thread *t;

	if (busy()) {
		if (asked && log_on())
			log_count(HPM_LOST_NESTED);
		return;
	}
	set_busy(true);
	t = enter();
	/* The first of a thread had no sampler to ask. */
	if (t != NULL)
		take_in(t, p, size, usable,
			asked || sampler_hit(&t->sampler, size));
	leave(t);
	errno = saved_errno;
}

static bool defer_free(void *p)
{
	struct thread *t = recorder_thread;

	if (t == NULL)
		return true;
	/* With no room left it is better never freed than freed unseen. */
	if (t->nr_deferred < THREADS_DEFERRED)
		t->deferred[t->nr_deferred++] = p;
	else
		log_count(HPM_LOST_NESTED);
	return false;
}

bool recorder_free(void *p)
{
	int saved_errno = errno;
	struct live_entry e;
	struct thread *t;
	bool temporary;

	if (busy())
		return defer_free(p);
	set_busy(true);
	t = enter();
	if (t != NULL && live_remove((uintptr_t)p, &e)) {
		temporary = t->last_block == e.address &&
			    t->last_seen == t->slot->seen;
		log_free(t, &e, log_tick(), temporary);
	}
	leave(t);
	errno = saved_errno;
	return true;
}

bool recorder_take(void *p, struct live_entry *e)
{
	bool taken;

	if (busy())
		return false;
	set_busy(true);
	taken = log_on() && !threads_forked() && live_remove((uintptr_t)p, e);
	set_busy(false);
	return taken;
}

void recorder_put_back(const struct live_entry *e)
{
	int saved_errno = errno;
	struct live_entry old;
	bool reused;

	set_busy(true);
	live_add(e, &old, &reused);
	set_busy(false);
	errno = saved_errno;
}

void recorder_freed(const struct live_entry *e)
{
	int saved_errno = errno;
	struct thread *t;

	set_busy(true);
	t = enter();
	if (t != NULL)
		log_free(t, e, log_tick(), false);
	leave(t);
	errno = saved_errno;
}

/*
 * Destructors of other keys, run after ours, may allocate and free: the state
 * is kept until the last round but one.
 */
static void thread_ends(void *state)
{
	struct thread *t = state;

	if (busy() || recorder_thread != t)
		return;
	if (threads_forked()) {
		forget_in_child();
		return;
	}
	if (++key_rounds < KEY_ROUNDS) {
		pthread_setspecific(key, t);
		return;
	}
	set_busy(true);
	threads_refresh_name(t);
	recorder_thread = NULL;
	retired = true;
	threads_retire(t);
	set_busy(false);
}

void recorder_note_foreign(void)
{
	if (log_on())
		log_state()->foreign_malloc = 1;
}

void recorder_unloaded(void)
{
	if (busy() || !log_on() || threads_forked())
		return;
	set_busy(true);
	if (modules_check())
		stack_unloaded();
	set_busy(false);
}

static void start(void)
{
	bool wipes;

	if (!setup_read(&setup))
		return;
	if (!traces_init())
		return;
	if (pthread_key_create(&key, thread_ends) != 0)
		return;
	stack_init();
	wipes = live_init() & threads_init(setup.depth, setup.seed);
	if (!wipes)
		pthread_atfork(NULL, NULL, forget_in_child);
	if (!setup_open_log(&setup))
		return;
	chore_ticks = CHORE_NS / log_tick_to_ns(1);
}

void recorder_start(void)
{
	int saved_errno = errno;

	set_busy(true);
	start();
	set_busy(false);
	errno = saved_errno;
}

void recorder_exit(void)
{
	int saved_errno = errno;
	struct thread *t;

	if (busy() || !log_on() || threads_forked())
		return;
	set_busy(true);
	t = enter();
	if (t != NULL)
		log_rss(t, log_tick());
	log_exit();
	leave(t);
	setup_say_goodbye(&setup);
	errno = saved_errno;
}
