/* SPDX-License-Identifier: MIT */

/* Which traces of a snapshot are kept; equal ones by number. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "weight.h"

typedef int64_t key_fn(const struct hpc_usage *u);

static int64_t live_key(const struct hpc_usage *u)
{
	return u->live.bytes;
}

static int64_t allocated_key(const struct hpc_usage *u)
{
	return u->allocated.bytes;
}

struct sorting {
	const struct hpc_usage *usage;
	key_fn *key;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct sorting *s = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	int64_t x = s->key(&s->usage[i]), y = s->key(&s->usage[k]);

	if (x != y)
		return x > y ? -1 : 1;
	return i < k ? -1 : 1;
}

#define KEEP 0x80000000u /* in usage.trace, while folding */

static void keep_largest(struct hpc_usage *usage, size_t n, double precision,
			 uint32_t *order, key_fn *key)
{
	struct sorting sorting = {usage, key};
	__int128 rest = 0;
	long double limit;

	for (size_t i = 1; i < n; i++) {
		order[i] = (uint32_t)i;
		rest += key(&usage[i]);
	}
	limit = (long double)rest * precision;
	if (n > 1)
		qsort_r(order + 1, n - 1, sizeof(*order), compare, &sorting);
	for (size_t i = 1; i < n && (long double)rest > limit; i++) {
		rest -= key(&usage[order[i]]);
		usage[order[i]].trace |= KEEP;
	}
}

static void add_usage(struct hpc_usage *to, const struct hpc_usage *u)
{
	weight_add(&to->live, &u->live);
	weight_add(&to->allocated, &u->allocated);
	weight_add(&to->freed, &u->freed);
}

static bool is_nothing(const struct hpc_usage *u)
{
	return weight_is_zero(&u->live) && weight_is_zero(&u->allocated) &&
	       weight_is_zero(&u->freed);
}

size_t fold_usage(struct hpc_usage *usage, size_t n, double precision,
		  uint32_t *order)
{
	size_t kept = 1;

	if (precision > 0) {
		keep_largest(usage, n, precision, order, live_key);
		keep_largest(usage, n, precision, order, allocated_key);
	}
	for (size_t i = 1; i < n; i++) {
		if (precision > 0 && !(usage[i].trace & KEEP)) {
			add_usage(&usage[0], &usage[i]);
			continue;
		}
		usage[i].trace &= ~KEEP;
		usage[kept++] = usage[i];
	}
	if (!is_nothing(&usage[0]))
		return kept;
	memmove(usage, usage + 1, (kept - 1) * sizeof(*usage));
	return kept - 1;
}
