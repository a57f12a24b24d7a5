/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sum.h"

#include "result.h"

/*
 * The shape of the whole profile, for formats that other programs explore.
 */

/* What makes two frames the same place. */
enum history_by { HISTORY_FUNCTION, HISTORY_LINE, HISTORY_MODULE, HISTORY_BY };

struct history_frame {
	struct place place; /* with its line; or PLACE_CUT */
	bool wrapper;	    /* only hands memory on, as malloc does */
	/* Equal where the place is; from 1, below nr_groups. */
	uint32_t group[HISTORY_BY];
};

/* A mapped ELF file; the frames in it have the same path. */
struct history_module {
	const char *path;
	const char *build_id; /* lower-case hexadecimal; NULL: it has none */
	uint64_t start;	      /* first mapped address */
	uint64_t size;	      /* bytes, from there to the last mapped one */
	uint64_t offset;      /* of `start`, as those of places */
};

/* Blocks of about one size, of which none is twice as large as another. */
struct history_size {
	struct sum allocated; /* over the whole run */
	struct sum freed;     /* of these */
	struct sum peak;      /* live at the peak of the run */
};

/* A call stack, with what it did over the whole run. */
struct history_trace {
	const uint32_t *frames; /* numbers of frames, innermost first */
	uint32_t nr_frames;	/* 0: the stack is unknown */
	uint32_t site; /* of frames, the one it counts for; nr_frames: none */
	bool hidden;   /* --focus or --ignore leaves it out */
	struct sum allocated;
	struct sum freed;     /* of what it had allocated */
	struct sum temporary; /* freed before its thread allocated again */
	struct sum peak;      /* its own largest live bytes */
	uint64_t peak_ns;     /* when that was first reached */
	double lived_s;	      /* ages of freed blocks, added up */
	const struct history_size *sizes;
	size_t nr_sizes;
};

/* What too small traces are added up in. */
#define HISTORY_OTHER 0u

struct history_instant {
	uint64_t time_ns;
	bool marked;  /* there is a mark at that time */
	bool peak;    /* of the run */
	bool end;     /* of the run */
	uint64_t rss; /* bytes; 0: unknown */
	struct sum live;
	struct sum max_live;  /* the largest since the instant before */
	struct sum allocated; /* since the start of the run */
	struct sum freed;     /* since the start of the run */
	/* Of `live`; at the peak, with the error of having chosen it. */
	struct estimate bytes, count;
};

/* One trace at one instant. */
struct history_usage {
	uint32_t trace;	      /* or HISTORY_OTHER */
	struct sum live;      /* at the instant */
	struct sum allocated; /* since the instant before; 0 at the first */
	struct sum freed;     /* of its own blocks, since then */
};

struct history_thread {
	struct place place;
	uint64_t start_ns;
	uint64_t seen, seen_bytes; /* allocations, recorded or not */
	struct sum allocated;
	struct sum freed;     /* by this thread, whoever allocated */
	struct sum peak_live; /* of what it allocated, at the peak of the run */
	struct sum end_live;  /* at its end */
};

/* An allocation or a free that the log has. */
struct history_event {
	uint64_t time_ns;
	size_t instant; /* the first one that comprises it */
	uint32_t trace;
	uint32_t thread; /* that allocated it, of threads; or nr_threads */
	bool free;
	double bytes, count; /* that it stands for */
	uint64_t size;	     /* bytes of the block */
	uint64_t age_ns;     /* of one that is freed; 0: not known, too */
};

/*
 * The profile from instants[0] to the last one, in order of time.  What threads
 * and traces did is of the whole run, of which that may be a part.
 *
 * Usage is pulled, a snapshot after the other: 1 gives that of the next
 * instant, in order of trace and valid until the next call; 0 is the end,
 * -errno an error.  Its sums over the traces are those of the instant.
 *
 * Events are pulled likewise, those between the first and the last instant, and
 * of all traces, hidden ones too.
 */
struct history {
	int (*next)(struct history *history, const struct history_usage **usage,
		    size_t *n);
	/* By trace: others need not be given; NULL: all.  Set before that. */
	const bool *wanted;
	/* NULL: there is no log, or not all of it is in the digest. */
	int (*next_event)(struct history *history, struct history_event *event);
	uint64_t nr_events;	 /* that the log has, at most */
	bool ages;		 /* frees know how old their block was */
	struct history_log *log; /* private */
	const struct history_frame *frames;
	size_t nr_frames;
	uint32_t nr_groups[HISTORY_BY];
	const struct history_module *modules;
	size_t nr_modules;		    /* 0: not known */
	const struct history_trace *traces; /* [HISTORY_OTHER] is empty */
	size_t nr_traces;
	const struct history_instant *instants;
	size_t nr_instants; /* 0: the log is empty */
	size_t peak;	    /* of the instants */
	size_t at;	    /* the one that was asked for */
	size_t held;	    /* to compare it with; nr_instants: none */
	bool ranged;	    /* they are a part of the run */
	const char *metric; /* that was asked for, by name */
	const char *by;	    /* likewise */
	bool inverted;	    /* stacks, from who allocates outward */
	const struct mark *marks;
	size_t nr_marks;
	const struct history_thread *threads;
	size_t nr_threads;
};
