/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "heapprof.h"

#include "cli.h"

/*
 * What the tools do with what the library says: its messages become lines on
 * stderr, its progress a line on the terminal.
 */
struct listen {
	struct heapprof_listener listener; /* to be handed to the library */
	bool said;			   /* an error was said */
};

void listen_init(struct listen *l);

/* SIGINT makes the library end early instead of ending the process. */
void listen_for_interrupt(struct listen *l);

/*
 * What the library's return value @rc means as an exit status.  An error that
 * the library did not word itself is said here, about @subject.
 */
enum cli_status listen_status(struct listen *l, const char *subject, int rc);

/*
 * The profile that the operands name: the only one, or the newest in the
 * current directory, which is then said.
 */
const char *listen_profile(char **operands);
