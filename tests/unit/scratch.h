/* SPDX-License-Identifier: MIT */
#pragma once

#include "heapprof.h"

/*
 * A folder of a test's own, and a listener that remembers what was said.
 */
struct scratch {
	char folder[64];
	char base[80]; /* of a profile in it */
	char path[96]; /* base.hpc */
	struct heapprof_listener listener;
	int said[HEAPPROF_DEBUG + 1]; /* messages by severity */
	char text[1024];	      /* the last one worse than a note */
	char log[4096];		      /* all: severity, text, newline */
	int stop_after;		      /* questions; below 0: never */
};

void scratch_init(struct scratch *s);

/* Removes the folder with what is in it. */
void scratch_fini(struct scratch *s);
