/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "family.h"
#include "totals.h"

/* What merge.c and merge_tables.c share. */

/* One process. */
struct merge_part {
	const struct family_member *member;
	uint64_t start_ns; /* on the axis of all, as all but the digest's */
	uint64_t end_ns;   /* the last time that it is there, or UINT64_MAX */
	uint64_t last_ns;  /* of the last that is known of it */
	uint64_t *marks;
	size_t nr_marks;
	struct hpc_sum most;
	struct digest *digest; /* on an axis of its own */
	uint32_t first_trace;  /* its trace 1 is this one of all */
};

/* A time with a snapshot; the first instant, the start, is none of them. */
struct merge_time {
	uint64_t ns;
	uint32_t kinds;
	struct hpc_sum max; /* since the one before */
};

struct merge {
	struct digest digest;
	struct merge_part *parts;
	size_t nr_parts;
	struct merge_time *times; /* ascending */
	size_t nr_times;

	/* What the digest points to. */
	struct digest_frame *frames;
	struct digest_trace *traces;
	struct digest_run *runs;
	struct digest_spread *spreads;
	uint32_t *lists; /* frames of traces */
	struct digest_thread *threads;
	struct digest_module *modules;
	struct digest_mark *marks;
	struct digest_instant *instants;
	struct digest_process *processes;
};

static inline bool merge_is_there(const struct merge_part *p, uint64_t time_ns)
{
	return time_ns >= p->start_ns && time_ns <= p->end_ns;
}

/* Its last instant up to and with @time_ns, which is not before its start. */
static inline size_t merge_at(const struct merge_part *p, uint64_t time_ns)
{
	return digest_at(p->digest, time_ns - p->start_ns);
}

/* Fills the digest from those of the parts.  0 or -ENOMEM. */
int merge_tables_make(struct merge *m);
