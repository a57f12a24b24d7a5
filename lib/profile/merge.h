/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "digest.h"
#include "family.h"

/*
 * The processes of one recording as one digest: their traces side by side, on
 * the time axis of the first, with snapshots of what all held together.
 *
 * The peak is that of the sum, found in the logs.  A digest of each process is
 * made for the purpose, with snapshots at common times.
 *
 * What a process has is there from its start to its end: that noted in its log;
 * without one, now if it still runs, and else its last event.  Blocks count
 * where they were allocated, so what a forked child inherits is its parent's.
 */

/*
 * Merges @f, a family of at least two, which must outlive the digest; closed
 * with digest_close().  Makes digests as @options ask; @base, of the first, is
 * for messages.  0, HEAPPROF_LOSSY, or -errno: said to @listener.
 */
int merge_open(const struct family *f,
	       const struct heapprof_digest_options *options,
	       const struct heapprof_listener *listener, struct digest **out);

/* For digest.c. */
int merge_snapshot(const struct merge *m, size_t index,
		   struct digest_usage **usage, size_t *n);
void merge_close(struct merge *m);
