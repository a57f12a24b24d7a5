/* SPDX-License-Identifier: MIT */

#include "recorder.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "chores.h"
#include "event.h"
#include "histogram.h"
#include "modules.h"
#include "preload.h"
#include "session.h"
#include "stack.h"
#include "sys.h"
#include "traces.h"

static_assert(TRACES_MAX <= LIVE_TRACE_MAX, "all traces can be kept");

#define KEY_ROUNDS 3 /* thread destructors may still allocate before */

__thread struct thread *recorder_thread;

static __thread volatile bool busy_flag;
static __thread bool retired; /* its state was given back: it ends */
static __thread uint8_t key_rounds;

static pthread_key_t key;
static atomic_uint newcomers; /* threads that are inside without a state */

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

static struct thread *begin_thread(void)
{
	struct thread *t;

	if (retired)
		return threads_borrow();
	t = threads_new();
	if (t != NULL) {
		recorder_thread = t;
		pthread_setspecific(key, t);
	}
	return t;
}

static bool enters(struct thread *t)
{
	/* Pairs with the barrier in threads_end(). */
	atomic_store_explicit(&t->inside, true, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (likely(log_on()) && !threads_forked()) {
		if (unlikely(threads_stale(t)))
			threads_enroll(t);
		return true;
	}
	atomic_store_explicit(&t->inside, false, memory_order_release);
	return false;
}

/* Without a state to say so, a thread that enters is counted. */
static struct thread *enter_without_state(void)
{
	struct thread *t = NULL;

	atomic_fetch_add(&newcomers, 1);
	if (log_on() && !threads_forked())
		t = begin_thread();
	if (t != NULL)
		atomic_store(&t->inside, true);
	atomic_fetch_sub(&newcomers, 1);
	return t;
}

/*
 * The log is off, or this is a forked child, where what the other threads of
 * the parent were at stays undone.
 */
static struct thread *turn_away(void)
{
	recorder_thread = NULL;
	if (!threads_forked())
		return NULL;
	atomic_store(&newcomers, 0);
	return session_follow() ? enter_without_state() : NULL;
}

/*
 * The state to record with; NULL: nothing is to be recorded.  Closed by
 * leave().  The caller has set busy.
 */
static struct thread *enter(void)
{
	struct thread *t = recorder_thread;

	if (unlikely(t == NULL))
		t = enter_without_state();
	else if (unlikely(!enters(t)))
		t = NULL;
	return likely(t != NULL) ? t : turn_away();
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
	if (t != NULL)
		atomic_store_explicit(&t->inside, false, memory_order_release);
	set_busy(false);
	if (t == NULL)
		return;
	if (unlikely(t->nr_deferred > 0))
		free_deferred(t);
	if (unlikely(t != recorder_thread))
		threads_retire(t);
}

static uint32_t find_trace(struct thread *t, const void *frame)
{
	uint32_t trace;

	stack_walk(&t->stack, frame, session_depth());
	if (unlikely(t->stack.cut))
		log_count(HPM_CUT_STACKS);
	trace = traces_find(&t->stack);
	if (unlikely(trace == 0))
		log_count(HPM_LOST_STACKS);
	return trace;
}

static uint16_t waste_of(void *p, size_t size)
{
	size_t usable = real.malloc_usable_size(p);

	if (usable <= size || size >= LIVE_NO_WASTE)
		return 0;
	return (uint16_t)MIN(usable - size, UINT16_MAX);
}

static void record(struct thread *t, void *p, size_t size, bool usable,
		   const void *frame)
{
	struct live_entry old, e = {.address = (uintptr_t)p,
				    .size = size,
				    .trace = find_trace(t, frame),
				    .thread = (uint16_t)t->number,
				    .waste = usable ? waste_of(p, size) : 0};
	bool reused;

	e.tick = clock_tick(&t->clock);
	if (!live_add(&e, &old, &reused)) {
		log_count(HPM_LOST_MEMORY);
		return;
	}
	if (unlikely(reused)) {
		log_count(HPM_LOST_REUSED);
		event_free(t, &old, e.tick, false);
	}
	if (unlikely(!event_alloc(t, &e))) {
		live_remove(e.address, &old);
		return;
	}
	t->last_block = e.address;
	t->last_seen = t->slot->seen;
	chores_do(t, e.tick);
}

static void take_in(struct thread *t, void *p, size_t size, bool usable,
		    const void *frame, bool hit)
{
	t->slot->seen++;
	t->slot->seen_bytes += size;
	if (hit) {
		sampler_rearm(&t->sampler, size);
		if (likely(!log_full() && threads_has_number(t)))
			record(t, p, size, usable, frame);
		else
			log_count_unwritten();
	}
}

void recorder_alloc(void *p, size_t size, bool usable, const void *frame)
{
	int saved_errno = errno;
	struct thread *t = recorder_thread;
	/* A sampler of another recording does not count. */
	bool asked = t != NULL && !threads_stale(t);

	if (unlikely(histogram_on)) {
		histogram_add(p, size);
		return;
	}
	/* Linked with a program that is not recorded now: be quick. */
	if (!log_on())
		return;
	if (busy()) {
		if (asked)
			log_count(HPM_LOST_NESTED);
		return;
	}
	set_busy(true);
	t = enter();
	if (t != NULL)
		take_in(t, p, size, usable, frame,
			asked || sampler_hit(&t->sampler, size));
	leave(t);
	errno = saved_errno;
}

static bool defer_free(void *p)
{
	struct thread *t = recorder_thread;

	if (t == NULL)
		return true;
	/* With no room left it is freed unseen: it goes when its address is
	   given out again. */
	if (t->nr_deferred == THREADS_DEFERRED) {
		log_count(HPM_LOST_NESTED);
		return true;
	}
	t->deferred[t->nr_deferred++] = p;
	return false;
}

bool recorder_free(void *p)
{
	int saved_errno = errno;
	struct live_entry e;
	struct thread *t;
	bool temporary;

	if (unlikely(histogram_on)) {
		histogram_remove(p);
		return true;
	}
	if (busy())
		return defer_free(p);
	set_busy(true);
	t = enter();
	if (t != NULL && live_remove((uintptr_t)p, &e)) {
		temporary = t->last_block == e.address &&
			    t->last_seen == t->slot->seen;
		event_free(t, &e, clock_tick(&t->clock), temporary);
	}
	leave(t);
	errno = saved_errno;
	return true;
}

bool recorder_take(void *p, struct live_entry *e)
{
	int saved_errno = errno;
	struct thread *t;
	bool taken;

	if (unlikely(histogram_on)) {
		e->size = histogram_remove(p);
		return true;
	}
	if (busy())
		return false;
	set_busy(true);
	t = enter();
	taken = t != NULL && live_remove((uintptr_t)p, e);
	leave(t);
	errno = saved_errno;
	return taken;
}

void recorder_put_back(const struct live_entry *e)
{
	int saved_errno = errno;
	struct live_entry old;
	struct thread *t;
	bool reused;

	if (unlikely(histogram_on)) {
		histogram_put_back(e->size);
		return;
	}
	set_busy(true);
	t = enter();
	if (t != NULL)
		live_add(e, &old, &reused);
	leave(t);
	errno = saved_errno;
}

void recorder_freed(const struct live_entry *e)
{
	int saved_errno = errno;
	struct thread *t;

	if (unlikely(histogram_on))
		return;
	set_busy(true);
	t = enter();
	if (t != NULL)
		event_free(t, e, clock_tick(&t->clock), false);
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

	if (busy() || recorder_thread != t || threads_forked())
		return;
	if (++key_rounds < KEY_ROUNDS) {
		pthread_setspecific(key, t);
		return;
	}
	set_busy(true);
	if (!threads_stale(t))
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
	int saved_errno = errno;
	struct thread *t;

	if (busy() || !log_on())
		return;
	set_busy(true);
	t = enter();
	if (t != NULL) {
		modules_check();
		stack_unloaded();
	}
	leave(t);
	errno = saved_errno;
}

/* What holds for the life of the process.  False: nothing can be recorded. */
static bool prepare(void)
{
	static bool done;

	if (done)
		return true;
	clock_init();
	done = pthread_key_create(&key, thread_ends) == 0;
	if (done && !threads_wiped())
		pthread_atfork(NULL, NULL, threads_set_forked);
	return done;
}

int recorder_begin(const struct setup *s, const char **about)
{
	int saved_errno = errno, error = EAGAIN;

	/* The one before ended early, and nobody said stop. */
	if (log_full())
		recorder_end();
	set_busy(true);
	*about = sys_confined ? "seccomp" : "thread-specific data";
	if (sys_confined) {
		error = EPERM;
	} else if (prepare()) {
		chores_reset();
		error = session_begin(s, about);
	}
	set_busy(false);
	errno = saved_errno;
	return error;
}

bool recorder_is_on(void)
{
	return log_on() && !log_full() && !threads_forked();
}

bool recorder_end(void)
{
	int saved_errno = errno;
	bool was_on;

	if (busy())
		return false;
	set_busy(true);
	was_on = log_on() && !threads_forked();
	if (was_on) {
		log_off();
		while (atomic_load(&newcomers) > 0)
			sched_yield();
		session_end();
	}
	set_busy(false);
	errno = saved_errno;
	return was_on;
}

bool recorder_mark(const char *label)
{
	int saved_errno = errno;
	struct thread *t;

	if (busy() || log_full())
		return false;
	set_busy(true);
	t = enter();
	if (t != NULL)
		log_mark(t->number, label);
	leave(t);
	errno = saved_errno;
	return t != NULL;
}

bool recorder_end_at_once(enum hpm_end why)
{
	bool noted;

	/* Cut off within the recorder, its locks may be held. */
	if (busy() || !recorder_is_on())
		return false;
	set_busy(true);
	noted = session_end_at_once(why);
	set_busy(false);
	return noted;
}

bool recorder_confine(bool strict)
{
	int saved_errno = errno;
	struct thread *t = NULL;
	bool here;

	if (!busy()) {
		set_busy(true);
		t = enter();
		if (t != NULL && session_is_here())
			session_confine(strict);
		leave(t);
	}
	/* Not so in a child of vfork(), which has our memory. */
	here = t == NULL || session_is_here();
	if (here)
		sys_confined = true;
	errno = saved_errno;
	return here;
}

void recorder_release(void)
{
	sys_confined = false;
}

void recorder_exit(void)
{
	int saved_errno = errno;
	struct thread *t;

	if (busy() || !log_on())
		return;
	set_busy(true);
	t = enter();
	if (t != NULL && t->number != 0)
		chores_log_rss(t, clock_tick(&t->clock));
	if (log_on() && !threads_forked())
		session_exit();
	leave(t);
	errno = saved_errno;
}
