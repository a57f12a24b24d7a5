/* SPDX-License-Identifier: MIT */

/*
 * A thread that enters says so, and then looks whether the log is on; who turns
 * that off does so, and then looks who is inside.  It says so in its state; as
 * long as it has none, it is counted.
 */

#include "guard.h"

#include <pthread.h>
#include <sched.h>

#include "session.h"

#define KEY_ROUNDS 3 /* thread destructors may still allocate before */

__thread struct guard guard;

static pthread_key_t key;
static atomic_uint newcomers; /* threads that are inside without a state */

static struct thread *begin_thread(void)
{
	struct thread *t;

	if (guard.retired)
		return threads_borrow();
	t = threads_new();
	if (t != NULL) {
		guard.thread = t;
		pthread_setspecific(key, t);
	}
	return t;
}

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
	guard.thread = NULL;
	if (!threads_forked())
		return NULL;
	atomic_store(&newcomers, 0);
	return session_follow() ? enter_without_state() : NULL;
}

struct thread *guard_enter_anew(void)
{
	struct thread *t = guard.thread;

	if (t == NULL) {
		t = enter_without_state();
		return t != NULL ? t : turn_away();
	}
	/* It is inside with its state. */
	if (log_on() && !threads_forked()) {
		threads_enroll(t);
		return t;
	}
	atomic_store_explicit(&t->inside, false, memory_order_release);
	return turn_away();
}

void guard_wait(void)
{
	while (atomic_load(&newcomers) > 0)
		sched_yield();
}

/*
 * Destructors of other keys, run after ours, may allocate and free: the state
 * is kept until the last round but one.
 */
static void thread_ends(void *state)
{
	struct thread *t = state;

	if (guard_busy() || guard.thread != t || threads_forked())
		return;
	if (++guard.key_rounds < KEY_ROUNDS) {
		pthread_setspecific(key, t);
		return;
	}
	guard_set_busy(true);
	if (!threads_stale(t))
		threads_refresh_name(t);
	guard.thread = NULL;
	guard.retired = true;
	threads_retire(t);
	guard_set_busy(false);
}

bool guard_prepare(void)
{
	static bool done;

	if (done)
		return true;
	done = pthread_key_create(&key, thread_ends) == 0;
	if (done && !threads_wiped())
		pthread_atfork(NULL, NULL, threads_set_forked);
	return done;
}
