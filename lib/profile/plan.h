/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "reader.h"

/*
 * The first pass over the log: where the peak is, and where the end.
 */
struct plan {
	uint64_t events;   /* all of them */
	uint64_t recorded; /* allocations */
	uint64_t frees;
	uint64_t peak_event; /* right after this many events; 0: at the start */
	uint64_t last_ns;    /* time of the last event */
	bool stopped; /* the listener wanted an end: all is up to there */
};

/* 0 or -ENOMEM. */
int plan_make(struct reader *r, const struct heapprof_listener *listener,
	      struct plan *p);
