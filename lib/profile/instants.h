/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "format/hpc.h"

#include "digest.h"
#include "output.h"
#include "snapshot.h"
#include "stops.h"

/*
 * The instants of a digest: when they are due, and the snapshots of them.
 *
 * Where an instant lies between events:
 *	start		before all
 *	interval	before the first event at or after its time
 *	peak		right after the event that reaches it
 *	stop		before the first event after its time
 *	end		after all
 * Instants with the same time and nothing in between are one.
 */

/* When there are intervals and stops.  All that is in here stays the same. */
struct timetable {
	uint64_t interval_ns; /* at least 1 */
	uint64_t end_ns;      /* intervals are before it */
	const struct stops *stops;
};

/*
 * No instant but the peak lies between events that are at @time_ns or later and
 * before what this returns.
 */
uint64_t instants_due(const struct timetable *t, uint64_t time_ns);

struct instants {
	const struct timetable *timetable;
	struct snapshot *state;
	struct output *output;
	double precision;
	uint32_t page_size;

	uint64_t boundary_ns; /* the next interval */
	size_t stop;	      /* the next one */
	struct hpc_instant *is;
	size_t nr, room;
	uint64_t changes; /* allocations and frees at the last instant */
	bool was_quiet;	  /* and none between it and the one before */
	size_t peak;	  /* SIZE_MAX: not reached */
	struct bytes bytes;
};

/* The rest is all zero before.  Pointers must stay valid. */
void instants_init(struct instants *i, const struct timetable *t,
		   struct snapshot *s, struct output *o);
void instants_fini(struct instants *i);

/* Makes one of @kind, of the state as it is now.  0 or -errno. */
int instants_make(struct instants *i, enum digest_kind kind, uint64_t time_ns);

/* Makes those that come before an event at @time_ns.  0 or -errno. */
int instants_catch_up(struct instants *i, uint64_t time_ns);

/* The peak is the highest of those there are. */
void instants_choose_peak(struct instants *i);
