/* SPDX-License-Identifier: MIT */
#pragma once

#include "format/format.h"
#include "histogram.h"

/*
 * Which sampling suits a program, from its sizes.
 *
 * Of the N allocations of a class, n were live at the peak, s bytes each.
 * Recorded with probability p, the class costs Np allocations (and as many
 * frees) and adds n s^2 (1-p)/p to the variance of the peak.  The least cost
 * for a given variance is where p is proportional to s sqrt(n/N) (Lagrange);
 * the factor is found by bisection.
 */

#define SUGGEST_ERROR 0.02 /* of the peak: half of the 95% interval */
#define SUGGEST_RANGES 8u
#define SUGGEST_FEW 500000.0	/* allocations; of less, record all */
#define SUGGEST_PEAK_MIN 16384u /* bytes; less is a handful of blocks */

struct suggestion {
	uint32_t nr; /* 0: record all */
	struct hpm_range range[SUGGEST_RANGES];
	double events_per_s; /* allocations and frees */
	double error;	     /* expected at the peak, of the peak; negative:
				it is too small to be estimated */
};

void suggest_rates(const struct histogram_summary *h, struct suggestion *out);
