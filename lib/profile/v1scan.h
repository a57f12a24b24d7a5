/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heapprof.h"

#include "v1file.h"

/*
 * Finds where a .hpd of version 1 does not go on as it should, so that every
 * pass over it takes the same way round.  heapprof-format(5), VERSION 1,
 * RESYNCHRONISATION, has the rules.
 */
struct v1gap {
	uint64_t start; /* of the event that is wrong */
	uint64_t end;	/* where events go on */
	bool large;	/* head and time of the event are right: it is of a
			   block of 2 GiB or more, whose size was not written */
};

struct v1scan {
	struct v1gap *gaps; /* in order */
	size_t nr_gaps, room;
	uint64_t end; /* of the last whole event */
	bool cut;     /* more bytes follow, the beginning of an event */
};

/*
 * Scans all of @f.  @nr_traces are in .hpm, without 0.  0 or -ENOMEM; free with
 * v1scan_fini() in any case.
 */
int v1scan_run(struct v1scan *s, struct v1file *f, uint32_t nr_traces,
	       const struct heapprof_listener *listener);
void v1scan_fini(struct v1scan *s);
