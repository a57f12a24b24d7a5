/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heapprof.h"

#include "reader.h"

/*
 * A pass over a log by several threads.  Each takes the part of the log that is
 * next, and gives what it makes of it; that is taken in the order of the log by
 * the thread that wanted the pass, so that it does not matter how many there
 * are.  What has been given and not yet been taken is limited.
 */
struct pass;

/* What comes of some of the events of a part: the head of a larger struct. */
struct pass_item {
	struct pass_item *next; /* private */
	size_t size;		/* bytes, about */
};

struct pass_line;

struct pass_options {
	struct reader *reader;
	const struct heapprof_listener *listener; /* or NULL */
	unsigned jobs;				  /* threads, at least 1 */
	const char *doing;			  /* for progress */
	const uint64_t *nr_events; /* done so far, for progress */
	uint64_t nr_parts;	   /* to be read at most */
	bool stoppable;		   /* by the listener, after any part */

	/*
	 * Makes what a thread works with.  NULL: no memory.  The other two are
	 * not called at the same time as this.
	 */
	void *(*open)(void *arg);
	void (*close)(void *worker);

	/* In a thread: makes items of all that reader_part_read() gives of
	   @part, and calls pass_give() with each.  0 or -errno. */
	int (*work)(void *worker, struct reader_part *part,
		    struct pass_line *line);

	/* In the caller's thread, in order.  The item is its own now. */
	int (*take)(void *arg, struct pass_item *item);
	/* The same where there is no use for it any more. */
	void (*drop)(void *arg, struct pass_item *item);
	void *arg;
};

/* The number of the part in the log, from 0. */
uint64_t pass_number(const struct pass_line *line);

/* The next item, which is gone then.  0, or an error to be returned. */
int pass_give(struct pass_line *line, struct pass_item *item);

/*
 * *@nr_parts are the parts that were taken whole, *@stopped says that the
 * listener wanted no more.  0 or what went wrong, in the order of the log;
 * -EBADMSG is dealt with by reader_start() and a second attempt.
 */
int pass_run(const struct pass_options *o, uint64_t *nr_parts, bool *stopped);
