/* SPDX-License-Identifier: MIT */

/*
 * Apart from hpm.c since it needs libm, which the recorder does without.
 */

#include <math.h>

#include "format.h"

double hpm_probability(const struct hpm_header *h, uint64_t size)
{
	if (h->interval > 0) {
		/* A block of 0 bytes is sampled as one of 1 byte. */
		double n = size > 0 ? (double)size : 1;

		return h->interval > 1 ? -expm1(-n / (double)h->interval) : 1;
	}
	for (unsigned i = 0; i < h->nr_ranges; i++)
		if (size < h->range[i].below)
			return h->range[i].probability;
	return 1;
}
