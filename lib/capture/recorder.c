/* SPDX-License-Identifier: MIT */

#include "recorder.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "chores.h"
#include "event.h"
#include "histogram.h"
#include "live_table.h"
#include "modules.h"
#include "preload.h"
#include "session.h"
#include "stack.h"
#include "sys.h"
#include "traces.h"

static_assert(TRACES_MAX <= LIVE_TRACE_MAX, "all traces can be kept");

static cold void free_deferred(struct thread *t)
{
	while (t->nr_deferred > 0) {
		void *p = t->deferred[--t->nr_deferred];

		if (!live_maybe(p) || recorder_free(p))
			real.free(p);
	}
}

static hot void leave(struct thread *t)
{
	guard_leave(t);
	if (t == NULL)
		return;
	if (unlikely(t->nr_deferred > 0))
		free_deferred(t);
	/* Borrowed, for one event. */
	if (unlikely(t != guard.thread))
		threads_retire(t);
}

static hot uint32_t find_trace(struct thread *t, const void *frame)
{
	uint32_t trace;

	stack_walk(&t->stack, frame, session_depth);
	if (unlikely(t->stack.cut))
		log_count(HPM_CUT_STACKS);
	trace = traces_find(&t->stack, &t->lately);
	if (unlikely(trace == 0))
		log_count(HPM_LOST_STACKS);
	return trace;
}

static hot uint32_t waste_of(void *p, size_t size)
{
	size_t usable = real.malloc_usable_size(p);

	if (usable <= size || unlikely(size >= LIVE_NO_WASTE))
		return 0;
	return (uint32_t)MIN(usable - size, UINT16_MAX);
}

static cold void note_reuse(struct thread *t, const struct live_entry *old,
			    uint64_t tick)
{
	log_count(HPM_LOST_REUSED);
	event_free(t, old, tick, false);
}

static hot void record(struct thread *t, void *p, size_t size, bool usable,
		       const void *frame)
{
	struct live_entry old, e;
	enum live_added added;

	e.address = (uintptr_t)p;
	e.block.size = size;
	e.block.trace = find_trace(t, frame);
	e.block.thread = t->number;
	e.block.waste = usable ? waste_of(p, size) : 0;
	e.tick = clock_tick(&t->clock);
	chores_do(t, e.tick);
	added = live_table_add(t, &e, &old);
	if (unlikely(added == LIVE_NO_ROOM)) {
		log_count(HPM_LOST_MEMORY);
		return;
	}
	if (unlikely(added == LIVE_REUSED))
		note_reuse(t, &old, e.tick);
	if (unlikely(!event_alloc(t, &e))) {
		live_remove(t, e.address, &old);
		return;
	}
	t->last_block = e.address;
	t->last_seen = t->slot->seen;
}

static hot void take_in(struct thread *t, void *p, size_t size, bool usable,
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
	struct thread *t = guard.thread;
	/* A sampler of another recording does not count. */
	bool asked = t != NULL && !threads_stale(t);

	if (unlikely(histogram_on)) {
		histogram_add(p, size);
		return;
	}
	/* Linked with a program that is not recorded now: be quick. */
	if (!log_on())
		return;
	if (guard_busy()) {
		if (asked)
			log_count(HPM_LOST_NESTED);
		return;
	}
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL)
		take_in(t, p, size, usable, frame,
			asked || sampler_hit(&t->sampler, size));
	leave(t);
	errno = saved_errno;
}

static bool defer_free(void *p)
{
	struct thread *t = guard.thread;

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
	if (guard_busy())
		return defer_free(p);
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL && live_table_remove(t, (uintptr_t)p, &e)) {
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
		e->block.size = histogram_remove(p);
		return true;
	}
	if (guard_busy())
		return false;
	guard_set_busy(true);
	t = guard_enter();
	taken = t != NULL && live_remove(t, (uintptr_t)p, e);
	leave(t);
	errno = saved_errno;
	return taken;
}

void recorder_put_back(const struct live_entry *e)
{
	int saved_errno = errno;
	struct live_entry old;
	struct thread *t;

	if (unlikely(histogram_on)) {
		histogram_put_back(e->block.size);
		return;
	}
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL)
		live_add(t, e, &old);
	leave(t);
	errno = saved_errno;
}

void recorder_freed(const struct live_entry *e)
{
	int saved_errno = errno;
	struct thread *t;

	if (unlikely(histogram_on))
		return;
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL)
		event_free(t, e, clock_tick(&t->clock), false);
	leave(t);
	errno = saved_errno;
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

	if (guard_busy() || !log_on())
		return;
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL) {
		modules_check();
		stack_unloaded();
	}
	leave(t);
	errno = saved_errno;
}

int recorder_begin(const struct setup *s, const char **about)
{
	int saved_errno = errno, error = EAGAIN;

	/* The one before ended early, and nobody said stop. */
	if (log_full())
		recorder_end();
	guard_set_busy(true);
	*about = sys_confined ? "seccomp" : "thread-specific data";
	if (sys_confined) {
		error = EPERM;
	} else if (guard_prepare()) {
		clock_init();
		chores_reset();
		error = session_begin(s, about);
	}
	guard_set_busy(false);
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

	if (guard_busy())
		return false;
	guard_set_busy(true);
	was_on = log_on() && !threads_forked();
	if (was_on) {
		log_off();
		guard_wait();
		session_end();
	}
	guard_set_busy(false);
	errno = saved_errno;
	return was_on;
}

bool recorder_mark(const char *label)
{
	int saved_errno = errno;
	struct thread *t;

	if (guard_busy() || log_full())
		return false;
	guard_set_busy(true);
	t = guard_enter();
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
	if (guard_busy() || !recorder_is_on())
		return false;
	guard_set_busy(true);
	noted = session_end_at_once(why);
	guard_set_busy(false);
	return noted;
}

bool recorder_confine(bool strict)
{
	int saved_errno = errno;
	struct thread *t = NULL;
	bool here;

	if (!guard_busy()) {
		guard_set_busy(true);
		t = guard_enter();
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

	if (guard_busy() || !log_on())
		return;
	guard_set_busy(true);
	t = guard_enter();
	if (t != NULL && t->number != 0)
		chores_log_rss(t, clock_tick(&t->clock));
	if (log_on() && !threads_forked())
		session_exit();
	leave(t);
	errno = saved_errno;
}
