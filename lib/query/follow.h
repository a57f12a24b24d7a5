/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "query.h"

/*
 * Lines of code as people write them, and which traces count for them.
 *
 * A line is "FILE:LINE", where FILE may lack folders from the left, or the name
 * of a function, with or without parameters.
 */

/* Found once; then snapshots are added up, as many as one likes. */
struct follow {
	bool *counts; /* line * nr_traces + trace */
	size_t nr, nr_traces;
};

/*
 * @cumulative: traces with such a frame; else those whose site it is, see
 * places.h.  0 or -ENOMEM.
 */
int follow_find(const struct query *q, const char *const *lines, size_t nr,
		bool cumulative, struct follow *out);

/* What is live of a line in a snapshot of @n entries. */
struct sum follow_live(const struct follow *l, size_t line,
		       const struct digest_usage *usage, size_t n);

/* "LABEL=LINE" or a line alone: its two parts.  NULL: no memory. */
const char *follow_label(struct arena *a, const char *text);
const char *follow_place(const char *text);

/* -EINVAL, said: one of such @texts is without a label or a line. */
int follow_check(const char *const *texts, size_t nr,
		 const struct heapprof_listener *listener);

/* Warns of those that match no frame of @d. */
void follow_bind(const struct digest *d, const char *const *texts, size_t nr,
		 const struct heapprof_listener *listener);
