/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"
#include "heapprof.h"

/*
 * The sum of the live bytes of several processes over time, from their logs: so
 * it is exact, and so is its peak, to the tick.
 *
 * All times are nanoseconds on one axis.  A process holds nothing before its
 * start or after its end.
 */
struct totals_process {
	const char *base;
	uint64_t start_ns;
	uint64_t end_ns;     /* the last time that it is there */
	struct hpc_sum most; /* result: its own peak */
};

struct totals {
	struct hpc_sum peak;
	uint64_t peak_ns;    /* when it was first reached */
	int64_t peak_rise;   /* as in struct plan */
	struct hpc_sum *max; /* for each time */
};

/*
 * Sums up the processes, which are in order of their start, and finds what was
 * largest from one of @times, ascending, up to and with the next.  0 or -errno:
 * said to @listener.  totals_fini() frees.
 */
int totals_find(struct totals *t, struct totals_process *processes, size_t nr,
		const uint64_t *times, size_t nr_times,
		const struct heapprof_listener *listener);
void totals_fini(struct totals *t);
