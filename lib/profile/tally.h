/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metadata.h"
#include "pass.h"
#include "reader.h"
#include "wide.h"

/*
 * What some events in a row add up to: sums by trace, by trace and class of
 * size or age, and by thread.  Tallies are made by several threads and joined
 * in order of time by snapshot_join(); so what depends on what was before, as a
 * peak does, is relative to the start of the tally.
 *
 * Arrays have what the events name, in the order in which they first do.  The
 * variances of sums, which are 0 where all was recorded, are in arrays of their
 * own, of the same order; these are NULL if there are none in the whole log.
 */
struct tally_sum { /* as in struct hpc_sum */
	int64_t bytes;
	int64_t count;
};

struct tally_var {
	__int128 bytes;
	__int128 count;
};

struct tally_trace {
	struct tally_sum live; /* since the start of the tally, as all here */
	struct tally_sum allocated;
	struct tally_sum peak;
	uint64_t peak_ns;
	uint32_t node;
	__int128 moment; /* of bytes times time, allocations less frees */
	__int128 age;	 /* of freed blocks, times their count: 1/65536 ns */
	struct tally_sum temporary;
	int64_t waste; /* 1/64 byte */
};

struct tally_trace_var {
	struct tally_var live, allocated, peak, temporary;
	__int128 waste;
	__int128 moment, moment2;     /* as in struct snapshot_trace */
	struct wide area, age2, age1; /* as well */
};

/* Blocks of a trace of some sizes, or ages. */
struct tally_cell {
	uint32_t trace; /* number in the tally */
	uint32_t class; /* of size, or of age plus HPC_CLASSES */
	struct tally_sum allocated, freed; /* of age: freed alone */
};

struct tally_cell_var {
	struct tally_var allocated, freed;
};

struct tally_thread {
	uint32_t thread;	    /* number in .hpm */
	struct tally_sum allocated; /* by it */
	struct tally_sum freed;	    /* by it */
	struct tally_sum gone;	    /* of what it had allocated */
};

struct tally_thread_var {
	struct tally_var allocated, freed, gone;
};

struct tally {
	struct pass_item item;
	struct tally *next; /* of those that are not in use */
	uint64_t first_ns, last_ns;
	bool at_peak; /* it ends at the peak of the run */
	bool has_rss;
	uint64_t rss_pages; /* the last one */
	uint64_t events, recorded, frees;
	uint64_t bad_nodes; /* events whose stack is not in .hpm */
	struct tally_sum live, max_live;
	struct tally_var live_var, max_live_var;

	struct tally_trace *traces;
	struct tally_trace_var *trace_vars;
	struct tally_cell *cells;
	struct tally_cell_var *cell_vars;
	struct tally_thread *threads;
	struct tally_thread_var *thread_vars;
	uint32_t nr_traces, nr_cells, nr_threads;
	uint32_t room_traces, room_cells, room_threads;
};

/* What holds for all tallies of a digest. */
struct tally_rules {
	uint32_t nr_nodes, nr_threads; /* of .hpm, at least 1 */
	bool has_ages;		       /* frees have that of their block */
	bool has_vars;		       /* not all was recorded */
	unsigned
		step_shift; /* log2 of ns in a step of tally_trace_var.moment */
};

void tally_rules(struct tally_rules *rules, const struct hpm_header *h,
		 const struct metadata *m, bool has_ages, uint64_t end_ns);

/* What one thread makes tallies with, one at a time. */
struct tallier;

struct tallier *tallier_new(const struct tally_rules *rules);
void tallier_free(struct tallier *t);

/* Begins to fill @t, which is all zero or was filled before. */
void tally_start(struct tallier *w, struct tally *t);

/* Adds the @n events, which are those that come next.  0 or -ENOMEM. */
int tally_add(struct tallier *w, const struct reader_event *events, size_t n);

/* It is complete; does it end @at_peak of the run? */
void tally_end(struct tally *t, bool at_peak);

/* Frees what is in @t. */
void tally_fini(struct tally *t);
