/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "truth.h"

/*
 * sampling [COUNT]: COUNT allocations, a million if not given, of 1 to 2000
 * bytes, ten thousand of them live at a time: enough for estimates.
 */

#define LIVE 10000

int main(int argc, char **argv)
{
	static void *blocks[LIVE];
	static size_t sizes[LIVE];
	struct truth truth = {0};
	uint64_t x = 88172645463325252u;
	int count = argc > 1 ? atoi(argv[1]) : 1000000;

	for (int i = 0; i < count; i++) {
		int n = i % LIVE;

		if (blocks[n]) {
			free(blocks[n]);
			truth_free(&truth, sizes[n]);
		}
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		sizes[n] = 1 + x % 2000;
		blocks[n] = malloc(sizes[n]);
		truth_alloc(&truth, sizes[n]);
	}
	truth_print(&truth);
	return 0;
}
