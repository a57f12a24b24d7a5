/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "setup.h"

/*
 * From the start of a recording to its end.  There may be several in one
 * process, one after the other, each a profile of its own.
 *
 * The callers see to it that two of these are never at work at one time, and
 * that the calling thread is busy (guard.h).
 */

/* Starts as @s says, which is kept.  0 or an errno value; *@about names what
   the error is about. */
int session_begin(const struct setup *s, const char **about);

/* Stops: everything that was recorded is in the files. */
void session_end(void);

/* The process is about to exit; destructors may still free. */
void session_exit(void);

/* Is this the process that records, and not a child of its vfork()? */
bool session_is_here(void);

/* The process is about to enter seccomp: recorder_confine(). */
void session_confine(bool strict);

/*
 * The process is about to be gone without further ado.  False: this is not the
 * one that records, but a child of its vfork().
 */
bool session_end_at_once(enum hpm_end why);

/* Tells the user that nothing will be seen of the program that comes now. */
void session_say_replaced(void);

/*
 * This is a forked child: nothing here is its own.  True: it has begun a
 * recording of its own, since the parent's children are to be recorded.
 */
bool session_follow(void);

extern size_t session_depth; /* frames kept of each stack */
