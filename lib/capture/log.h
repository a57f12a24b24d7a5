/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "format/format.h"
#include "format/hpd_put.h"

/*
 * The profile that this process writes: BASE.hpm and BASE.hpd.
 *
 * Blocks of events belong to lanes, and a lane to one thread at a time, so that
 * an event takes no lock and no system call.  Blocks of metadata are appended
 * to by their modules (traces, modules, threads) under their own locks.
 *
 * When a file cannot grow, recording ends for good: the reason is in the state,
 * which is mapped.  The hooks go on, to count what is not there any more. Where
 * the program has no descriptor or no memory left for us at the moment, what
 * finds no room is lost and counted, and a while later we try again.
 */

/* What recording starts with; pointers need only live during log_open(). */
struct log_options {
	const char *base;	/* absolute path without the endings */
	uint64_t max_size;	/* bytes of both files; UINT64_MAX: no limit */
	const uint8_t *profile; /* 8 random bytes */
	uint64_t parent;	/* profile that this one came from, or 0 */
	enum hpm_origin origin;
	struct hpm_header header;   /* all but times, magic and strings */
	const char *const *strings; /* program, directory, host, arguments */
	unsigned nr_strings;
};

/* Writer of events of one thread at a time. */
struct log_lane {
	struct block_header *block; /* NULL: none open */
	uint32_t number;	    /* unique, from 0 */
	uint32_t sequence;	    /* of the next block */
	struct hpd_coder coder;
};

extern atomic_bool log_running, log_is_full;

static inline bool log_on(void)
{
	return atomic_load_explicit(&log_running, memory_order_relaxed);
}

/* The files could not grow, or not by what --max-size allows: recording ended
   before the program did. */
static inline bool log_full(void)
{
	return atomic_load_explicit(&log_is_full, memory_order_relaxed);
}

/*
 * Replaces any profile of that name.  0 or an errno value; then *@file is the
 * path that it is about.
 */
int log_open(const struct log_options *o, const char **file);

#define LOG_TICK_SHIFT 6 /* a tick is 64 ns */

/* Nanoseconds and ticks since log_open(), by the system's clock.  The times of
   events are those of clock.h. */
uint64_t log_ns(void);
uint64_t log_tick(void);

/* Counts of losses and the end; always mapped once the log was opened. */
struct hpm_state *log_state(void);
void log_count(enum hpm_lost what);

/* Counts an event for which there is no room in the files. */
void log_count_unwritten(void);

/* A metadata block, published by file_publish(); NULL: there is no room. */
struct block_header *log_meta_block(enum block_kind kind);

/*
 * Appends @e.  @e->tick must not be before the lane's last event; @e->thread
 * is who acts.  False: there is no room; an allocation or free was counted as
 * lost.
 */
cold bool log_event(struct log_lane *lane, const struct hpd_event *e);

/* Room for a change of thread and the event itself. */
#define LOG_ROOM (2 * HPD_EVENT_MAX)

/* The same for what happened to a block, which is nearly all there is. */
static hot bool log_block(struct log_lane *lane, uint32_t thread,
			  enum hpd_kind kind, uint64_t tick, uint64_t age,
			  const struct hpd_block *block)
{
	struct block_header *b = lane->block;
	size_t n;

	if (unlikely(b == NULL || BLOCK_PAYLOAD - b->used < LOG_ROOM ||
		     lane->coder.thread != thread || log_full())) {
		struct hpd_event e = {.kind = kind,
				      .tick = tick,
				      .age = age,
				      .thread = thread,
				      .block = *block};

		return log_event(lane, &e);
	}
	n = hpd_put_block((uint8_t *)(b + 1) + b->used, &lane->coder, kind,
			  tick, age, block);
	__atomic_store_n(&b->used, b->used + (uint32_t)n, __ATOMIC_RELEASE);
	return true;
}

/* Names this instant; too long a label is cut. */
void log_mark(uint32_t thread, const char *label);

/* Finishes the lane's block, and with it the lane's part of this profile. */
void log_close_lane(struct log_lane *lane);

/*
 * The program exits, or recording is stopped: notes it and trims the files.
 * After HPM_EXIT events are still taken, for destructors are to come.
 */
void log_end(enum hpm_end why);

/* After log_end(HPM_REPLACED), which was not to be: it goes on. */
void log_resume(void);

/* Takes no more events. */
void log_off(void);

/* The files cannot grow any more, for the reason that @error is. */
void log_stop(int error);

/* Ends recording if somebody has truncated a file. */
void log_check(void);

/* Makes room for some more extents, as they cannot be had later. */
void log_reserve(void);
