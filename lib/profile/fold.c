/* SPDX-License-Identifier: MIT */

/*
 * Which traces of a snapshot are kept; equal ones by number.  They need not be
 * sorted for that: the least of those that are kept is found by partition.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "weight.h"

#define KEEP 0x80000000u /* in usage.trace, while folding */

typedef int64_t key_fn(const struct hpc_usage *u);

static int64_t live_key(const struct hpc_usage *u)
{
	return u->live.bytes;
}

static int64_t allocated_key(const struct hpc_usage *u)
{
	return u->allocated.bytes;
}

/* What is kept: keys above this, and some of those that are equal. */
struct least {
	int64_t key;
	size_t nr_equal;
};

static void swap(int64_t *a, int64_t *b)
{
	int64_t other = *a;

	*a = *b;
	*b = other;
}

/*
 * Puts those above @pivot first, then those that are equal, the end of which is
 * *@equal.  Returns the end of the first, *@sum is their sum.
 */
static size_t partition(int64_t *keys, size_t n, int64_t pivot, size_t *equal,
			__int128 *sum)
{
	size_t above = 0, i = 0, below = n;

	*sum = 0;
	while (i < below) {
		if (keys[i] > pivot) {
			*sum += keys[i];
			swap(&keys[above++], &keys[i++]);
		} else if (keys[i] < pivot) {
			swap(&keys[i], &keys[--below]);
		} else {
			i++;
		}
	}
	*equal = below;
	return above;
}

/*
 * The largest keys are kept until the @rest of them is within @limit: goes on,
 * each time, with the part of the keys that the least of those is in.
 */
static struct least find_least(int64_t *keys, size_t n, __int128 rest,
			       long double limit)
{
	while (n > 0 && (long double)rest > limit) {
		struct least least = {.key = keys[n / 2]};
		size_t equal, above;
		__int128 sum;

		above = partition(keys, n, least.key, &equal, &sum);
		if ((long double)(rest - sum) <= limit) {
			n = above;
			continue;
		}
		rest -= sum;
		while (least.nr_equal < equal - above &&
		       (long double)rest > limit) {
			rest -= least.key;
			least.nr_equal++;
		}
		if ((long double)rest <= limit)
			return least;
		keys += equal;
		n -= equal;
	}
	/* All of them, or none. */
	return (long double)rest > limit ? (struct least){INT64_MIN, SIZE_MAX}
					 : (struct least){INT64_MAX, 0};
}

static int keep_largest(struct hpc_usage *usage, size_t n, double precision,
			key_fn *key)
{
	int64_t *keys = malloc(n * sizeof(*keys));
	struct least least;
	__int128 rest = 0;

	if (!keys)
		return -ENOMEM;
	for (size_t i = 1; i < n; i++) {
		keys[i] = key(&usage[i]);
		rest += keys[i];
	}
	least = find_least(keys + 1, n - 1, rest,
			   (long double)rest * precision);
	free(keys);
	for (size_t i = 1; i < n; i++) {
		int64_t k = key(&usage[i]);

		if (k > least.key || (k == least.key && least.nr_equal > 0))
			usage[i].trace |= KEEP;
		if (k == least.key && least.nr_equal > 0)
			least.nr_equal--;
	}
	return 0;
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

int fold_usage(struct hpc_usage *usage, size_t *n, double precision)
{
	size_t kept = 1;

	if (precision > 0 &&
	    (keep_largest(usage, *n, precision, live_key) ||
	     keep_largest(usage, *n, precision, allocated_key)))
		return -ENOMEM;
	for (size_t i = 1; i < *n; i++) {
		if (precision > 0 && !(usage[i].trace & KEEP)) {
			add_usage(&usage[0], &usage[i]);
			continue;
		}
		usage[i].trace &= ~KEEP;
		usage[kept++] = usage[i];
	}
	*n = kept;
	if (is_nothing(&usage[0])) {
		memmove(usage, usage + 1, (kept - 1) * sizeof(*usage));
		*n = kept - 1;
	}
	return 0;
}
