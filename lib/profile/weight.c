/* SPDX-License-Identifier: MIT */

/*
 * Horvitz and Thompson: every recorded event counts 1/p, with the variance
 * x^2 (1-p)/p^2 where x is its bytes, or 1.
 */

#include <math.h>

#include "weight.h"

/*
 * No block of a real program is near these; they keep the sums of a made-up
 * file in range.
 */
#define SIZE_LIMIT ((uint64_t)1 << 56)
#define BYTES_LIMIT 0x1p60L
#define VAR_LIMIT 0x1p100L

static __int128 round_wide(long double v)
{
	return (__int128)roundl(v < VAR_LIMIT ? v : VAR_LIMIT);
}

void weight_get(const struct hpm_header *h, uint64_t size, struct hpc_sum *w)
{
	double p = hpm_probability(h, size);
	long double n, v;

	size = MIN(size, SIZE_LIMIT);
	/* What was never to be recorded, and is there, stands for itself. */
	if (p >= 1 || !(p > 0)) {
		*w = (struct hpc_sum){.bytes = (int64_t)size * HPC_BYTE,
				      .count = HPC_ONE};
		return;
	}
	n = (long double)size;
	v = (1 - (long double)p) / ((long double)p * p);
	w->bytes = (int64_t)roundl(fminl(n * HPC_BYTE / p, BYTES_LIMIT));
	w->count =
		(int64_t)roundl(fminl(HPC_ONE / (long double)p, BYTES_LIMIT));
	w->bytes_var = round_wide(n * n * v);
	w->count_var = round_wide(HPC_ONE * v);
}

bool weight_is_one(const struct hpm_header *h)
{
	bool sampled = h->interval > 1;

	for (uint32_t i = 0; i < h->nr_ranges; i++)
		sampled |= h->range[i].probability < 1;
	return !sampled;
}

int64_t weight_noise(const struct hpc_sum *w)
{
	return w->bytes_var ? llrint(sqrt((double)w->bytes_var) * HPC_BYTE) : 0;
}
