/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "truth.h"

/*
 * Sizes at which something changes, each twice, of which one is kept: bounds of
 * the default rates, of 31 and 32 bits, and sizes that no malloc has.  Memory
 * is not touched, so that 4 GiB cost nothing; what the system refuses is no
 * allocation.
 *
 * boundaries FROM: the truth of blocks of at least that many bytes.
 */
static volatile size_t sizes[] = {
	0,
	1,
	127,
	128,
	8191,
	8192,
	((size_t)1 << 31) - 1,
	(size_t)1 << 31,
	((size_t)1 << 32) + 16,
	((size_t)1 << 63) - 1,
	(size_t)1 << 63,
	(size_t)-1,
};

int main(int argc, char **argv)
{
	size_t from = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	struct truth truth = {0};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t size = sizes[i];
		void *volatile kept = malloc(size);
		void *volatile freed = malloc(size);

		if (kept && size >= from)
			truth_alloc(&truth, size);
		if (freed && size >= from) {
			truth_alloc(&truth, size);
			truth_free(&truth, size);
		}
		free(freed);
	}
	truth_print(&truth);
	return 0;
}
