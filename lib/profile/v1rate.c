/* SPDX-License-Identifier: MIT */

/* The times of the last V1RATE_RUN allocations, range by range. */

#include <string.h>

#include "v1rate.h"

void v1rate_init(struct v1rate *r, const struct hpm_header *h)
{
	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < h->nr_ranges; i++) {
		double p = h->range[i].probability;
		double s = p > 0 ? V1RATE_DUE / (p * V1RATE_MAX) : 0;

		r->range[i].limit_ns = -1;
		/* Those that were never to be recorded have no rate. */
		if (p > 0 && s < 1e9)
			r->range[i].limit_ns =
				(int64_t)(s * 1e9) - (V1RATE_RUN + 1) * 1000;
	}
}

void v1rate_add(struct v1rate *r, const struct hpm_header *h, uint64_t size,
		int64_t time_ns)
{
	unsigned i = 0, k;

	while (i < h->nr_ranges && size >= h->range[i].below)
		i++;
	if (i == h->nr_ranges)
		return;
	r->range[i].recorded++;
	if (r->range[i].limit_ns < 0)
		return;
	k = r->range[i].nr++ % V1RATE_RUN;
	if (!r->found && r->range[i].nr > V1RATE_RUN &&
	    time_ns - r->range[i].times[k] <= r->range[i].limit_ns) {
		r->found = true;
		r->in = i;
		r->span_ns = time_ns - r->range[i].times[k];
	}
	r->range[i].times[k] = time_ns;
}

void v1rate_break(struct v1rate *r)
{
	for (unsigned i = 0; i < HPM_RANGES_MAX; i++)
		r->range[i].nr = 0;
}
