/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"

#include "reader.h"

/*
 * What was live when: sums by trace and by thread, carried from event to event.
 *
 * Traces are numbered in the order in which they first did something, from 1;
 * 0 is for "other".  Live is always allocated less freed.
 */
struct snapshot_trace {
	struct hpc_sum allocated; /* since the start */
	struct hpc_sum freed;	  /* since the start, of its blocks */
	struct hpc_sum peak;	  /* its own largest live sums */
	uint64_t peak_ns;	  /* when these were first reached */
	uint32_t node;		  /* of .hpm; 0: the unknown stack */
	int64_t waste;		  /* 1/64 byte */
	__int128 moment; /* of bytes times time, allocations less frees */
	struct hpc_sum temporary;
	struct hpc_sum allocated_before; /* at the last instant */
	struct hpc_sum freed_before;
};

struct snapshot_thread {
	struct hpc_sum allocated;
	struct hpc_sum freed;	  /* by this thread */
	struct hpc_sum gone;	  /* of what it allocated, whoever freed it */
	struct hpc_sum peak_live; /* set by snapshot_keep_peak() */
};

struct snapshot {
	struct snapshot_trace *traces;
	uint32_t nr_traces; /* with [0] */
	uint32_t room;
	uint32_t *trace_of_node; /* 0: none yet */
	uint32_t nr_nodes;
	struct snapshot_thread *threads;
	uint32_t nr_threads; /* others count as [0] */

	struct hpc_sum allocated; /* since the start, all */
	struct hpc_sum freed;
	struct hpc_sum max_live; /* the largest since the last instant */
	uint64_t rss_pages;	 /* 0: not known yet */
	uint64_t recorded;	 /* allocations */
	uint64_t frees;
	uint64_t bad_nodes; /* events whose stack is not in .hpm */

	struct hpc_usage *usage; /* scratch of snapshot_take() */
	uint32_t *order;	 /* scratch, as long */
	uint32_t usage_room;
};

/* 0 or -ENOMEM. */
int snapshot_init(struct snapshot *s, const struct metadata *m);
void snapshot_fini(struct snapshot *s);

/* Events must come in order of time.  0 or -ENOMEM. */
int snapshot_apply(struct snapshot *s, const struct reader_event *e);

/* Allocated less freed. */
struct hpc_sum snapshot_live(const struct snapshot *s);

/*
 * The usage of each trace that is live or was active since the last call, small
 * ones folded as fold_usage() says; *@usage is valid until the next call.  Then
 * a new stretch begins.  0 or -ENOMEM.
 */
int snapshot_take(struct snapshot *s, double precision,
		  const struct hpc_usage **usage, size_t *n);

/* Remembers what each thread has live now. */
void snapshot_keep_peak(struct snapshot *s);
