/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

/*
 * Stats mode: instead of recording, counts every allocation by its size.
 *
 * Class 0 is of size 0, class k of sizes 2^(k-1) to 2^k - 1.  What is live is
 * known by malloc_usable_size() alone, since nothing is remembered of a block:
 * peak and rest are in usable bytes, which the program did not ask for to the
 * byte, but which it takes.
 *
 * Each thread counts for itself.  The sum of live bytes is brought together
 * when a thread's part has changed by a few KiB, so the peak of several threads
 * is exact to that much for each.
 */

#define HISTOGRAM_CLASSES 65
#define HISTOGRAM_GROWTH 6 /* malloc(0) is of 24 usable bytes, class 5 */

struct histogram {
	uint64_t count[HISTOGRAM_CLASSES]; /* allocations, by size asked for */
	uint64_t bytes[HISTOGRAM_CLASSES]; /* asked for */
	/* Allocations, by size asked for, and classes up to that of the usable
	   size. */
	uint64_t grown[HISTOGRAM_CLASSES][HISTOGRAM_GROWTH];
	int64_t live_count[HISTOGRAM_CLASSES]; /* by usable size */
	int64_t live_bytes[HISTOGRAM_CLASSES]; /* usable */
};

/* What there is to say at the end. */
struct histogram_summary {
	struct histogram now;
	/* Live at the peak, or within 2% of it where threads race. */
	uint64_t peak_count[HISTOGRAM_CLASSES], peak_class[HISTOGRAM_CLASSES];
	uint64_t peak_bytes; /* usable */
	uint64_t duration_ns;
};

/* Are all allocations to be counted?  Set by histogram_begin() and _end(). */
extern bool histogram_on;

/* False: no memory, or no thread-specific data. */
bool histogram_begin(void);
void histogram_end(struct histogram_summary *out);

/* The block at @p, of @size bytes asked for, was allocated. */
void histogram_add(void *p, size_t size);

/* The block at @p is about to be freed.  Returns its usable size... */
size_t histogram_remove(void *p);

/* ...with which it is put back, since it was not. */
void histogram_put_back(size_t usable);

static inline unsigned histogram_class(uint64_t size)
{
	return size > 0 ? 64 - (unsigned)__builtin_clzll(size) : 0;
}
