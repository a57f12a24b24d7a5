/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"

#include "classes.h"
#include "metadata.h"
#include "tally.h"

/*
 * What was live when: sums by trace and by thread, carried from tally to tally.
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
	__int128 waste_var;	  /* byte^2, 1/65536 */
	__int128 moment; /* of bytes times time, allocations less frees */
	/* Of variances of bytes times time, and times its square, in steps;
	   allocations less frees. */
	__int128 var_moment, var_moment2;
	__int128 age; /* of freed blocks, times their count: 1/65536 ns */
	/* Of freed blocks, their variances: of bytes times age squared, and of
	   the count, in 1/65536, times age squared, and times age; in ns. */
	struct wide area, age2, age1;
	struct classes ages;  /* of freed blocks; one sum */
	struct classes sizes; /* by enum hpc_size_sum */
	struct hpc_sum temporary;
};

struct snapshot_thread {
	struct hpc_sum allocated;
	struct hpc_sum freed;	  /* by this thread */
	struct hpc_sum gone;	  /* of what it allocated, whoever freed it */
	struct hpc_sum peak_live; /* set by snapshot_keep_peak() */
};

struct snapshot {
	struct snapshot_trace *traces;
	struct hpc_usage *usage; /* by trace; activity since the last instant */
	uint64_t *active;	 /* bits: which usage may not be nothing */
	uint32_t nr_traces;	 /* with [0] */
	uint32_t room;		 /* a multiple of 64 */
	uint32_t *trace_of_node; /* 0: none yet */
	uint32_t nr_nodes;
	struct snapshot_thread *threads;
	uint32_t nr_threads; /* others count as [0] */

	struct hpc_sum allocated; /* since the start, all */
	struct hpc_sum freed;
	struct hpc_sum max_live; /* the largest since the last instant */
	uint64_t rss_pages;	 /* 0: not known yet */
	uint64_t events, recorded, frees;
	uint64_t bad_nodes; /* events whose stack is not in .hpm */
	struct tally_rules rules;

	/* Scratch. */
	struct hpc_usage *taken; /* of snapshot_take() */
	size_t room_taken;
	uint32_t *numbers; /* traces, by number in the tally that is joined */
	size_t room_numbers;
};

/* 0 or -ENOMEM. */
int snapshot_init(struct snapshot *s, const struct tally_rules *rules);
void snapshot_fini(struct snapshot *s);

/* Adds a tally; they must come in order of time.  0 or -ENOMEM. */
int snapshot_join(struct snapshot *s, const struct tally *t);

/*
 * Variance of the integral of live bytes of @t up to @end_ns, (byte s)^2;
 * INFINITY where it cannot be known.
 */
double snapshot_area_var(const struct snapshot *s,
			 const struct snapshot_trace *t, uint64_t end_ns);

/* Allocated less freed. */
struct hpc_sum snapshot_live(const struct snapshot *s);

/*
 * The usage of each trace that is live or was active since the last call, small
 * ones folded as fold_usage() says; *@usage is valid until the next call.  Then
 * a new stretch begins.  0 or -ENOMEM.
 */
int snapshot_take(struct snapshot *s, double precision,
		  const struct hpc_usage **usage, size_t *n);

/* Remembers what each thread, and each class of sizes, has live now. */
void snapshot_keep_peak(struct snapshot *s);
