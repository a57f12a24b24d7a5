/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A forked copy of this process that works something out and writes it to a
 * pipe.  It may crash, run wild or hang; the parent reads what it likes.
 *
 * It has the standard descriptors and its end of the pipe, and no other; its
 * signals are at their defaults, but it does not see Ctrl-C, which is for the
 * parent to hear; it leaves no core, and it ends with the parent.  The parent
 * only ever waits for a child by its id, and may itself have threads, handlers
 * of SIGCHLD or none: if others reap the child, how it ended is not known.
 */
struct child {
	pid_t pid;   /* 0: none, or reaped */
	int fd;	     /* what it writes, does not block; -1: closed */
	int status;  /* as of waitpid(), once reaped */
	bool reaped; /* by us: the status is known */
};

/* Returns the exit status. */
typedef int child_fn(void *arg, int fd);

/* 0, or -errno of what could not be had. */
int child_start(struct child *c, child_fn *run, void *arg);

/* Has it ended?  Does not wait. */
bool child_has_ended(struct child *c);

/* Lets it end by itself, if that takes no time; else as child_stop(). */
void child_wait(struct child *c);

/* Ends it; it is reaped and closed.  A zeroed struct with fd -1 is fine. */
void child_stop(struct child *c);

/*
 * In the child: from now on it may have @memory bytes more than the process
 * had at its start, and @seconds of processor time in all.  Limits that were
 * tighter stay; a later call replaces an earlier one.
 */
void child_limit(uint64_t memory, uint64_t seconds);
