/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "format/format.h"

/*
 * Tells when more was recorded than the declared probabilities can give.
 *
 * The file does not say how many allocations were seen, but no program makes
 * more than V1RATE_MAX a second.  So if of a range with probability p no less
 * than V1RATE_RUN more allocations were recorded within t seconds of one, there
 * were at most V1RATE_MAX * t for them, of which p * V1RATE_MAX * t = x were
 * due.  By Chernoff's bound the chance of V1RATE_RUN is below
 * e^-x (e x / V1RATE_RUN)^V1RATE_RUN, which for x = V1RATE_DUE is 2e-17: even
 * in a log of a thousand million events, one such run is no accident.
 *
 * Times in the file are short by up to a microsecond an event, so that t has
 * V1RATE_RUN + 1 microseconds added.  That leaves nothing to be said of ranges
 * with a probability above 0.0024.
 */
#define V1RATE_MAX 5e7 /* allocations a second: one in 20 ns */
#define V1RATE_RUN 32
#define V1RATE_DUE 4.0

struct v1rate {
	struct {
		int64_t limit_ns; /* a run this short is impossible; below 0:
				     none is */
		int64_t times[V1RATE_RUN]; /* of the last, by number */
		uint64_t nr;		   /* since the last v1rate_break() */
		uint64_t recorded;	   /* allocations, all */
	} range[HPM_RANGES_MAX];
	bool found;
	unsigned in;	 /* number of the range in which it was found first */
	int64_t span_ns; /* how long that run took */
};

/* The rates are those of @h. */
void v1rate_init(struct v1rate *r, const struct hpm_header *h);

/* An allocation of @size at @time_ns, by the clock of the log. */
void v1rate_add(struct v1rate *r, const struct hpm_header *h, uint64_t size,
		int64_t time_ns);

/* The clock was set back, or something is missing: runs start again. */
void v1rate_break(struct v1rate *r);
