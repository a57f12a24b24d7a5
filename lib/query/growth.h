/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "query.h"
#include "sites.h"

/*
 * How fast the live bytes of each place grow: the slope of a straight line
 * through the snapshots, those of the start left out.  This is how a leak is
 * found in a program that has not ended, or never frees all anyway.
 *
 * The error is half the width of the 95% interval of the slope: by how far the
 * snapshots are off the line, or by the sampling alone where that is more.
 */

/* Fewest snapshots that a line is drawn through. */
#define GROWTH_LEAST 8u

struct growth_point {
	double time_s;
	double bytes, var; /* live */
	double in, out;	   /* variances of what came and went since the point
			      before */
};

/* Bytes a second.  @n is GROWTH_LEAST or more; points are in order of time. */
struct estimate growth_fit(const struct growth_point *points, size_t n);

/*
 * Sets s->growth, bytes an hour by group, NAN where it is not known; and a
 * table of the places that surely grow, the fastest first.  @q is about live
 * bytes.  0 or -errno.
 */
int growth_table(const struct query *q, struct sites *s, struct table *out);
