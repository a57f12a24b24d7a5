/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "target.h"

/*
 * Becomes a program that records itself: same process, same terminal, its own
 * exit status.  What the recorder is to do travels in the environment, see
 * capture/options.h.
 */

/* As given on the command line and checked; NULL: not given. */
struct launch {
	const char *output;   /* base name, with % sequences */
	const char *sample;   /* sampling specification */
	const char *seed;     /* number */
	const char *depth;    /* number */
	const char *max_size; /* size */
	bool children;
	bool wait;
	bool quiet;
};

/* NULL, or a line that says what is wrong with a sampling specification. */
const char *launch_check_sample(const char *spec);

/*
 * Runs @t and does not return.  @program is the name that the user gave it.
 * All that can go wrong is found before a profile of the same name is removed.
 */
_Noreturn void launch_run(const struct launch *l, const struct target *t,
			  const char *program);

/*
 * As launch_run(), but the sizes are counted instead, and the table goes to the
 * file @output; NULL: to standard error.
 */
_Noreturn void launch_stats(const char *output, const struct target *t);
