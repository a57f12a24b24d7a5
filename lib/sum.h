/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An estimate of allocations: sums over recorded events, each of which stands
 * for 1/p (Horvitz and Thompson).  The variance of the estimate is the sum of
 * x^2 (1-p)/p^2.  All four are additive.  Where p was 1, they are exact and
 * the variances 0.  Whole numbers up to 2^53 are exact in a double.
 */
struct sum {
	double bytes;
	double count;
	double bytes_var;
	double count_var;
};

static inline void sum_add(struct sum *to, const struct sum *s)
{
	to->bytes += s->bytes;
	to->count += s->count;
	to->bytes_var += s->bytes_var;
	to->count_var += s->count_var;
}
