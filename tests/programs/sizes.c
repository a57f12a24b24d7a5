/* SPDX-License-Identifier: MIT */

/*
 * Blocks of known sizes.  Prints, by powers of two, how many were allocated and
 * the bytes asked for, "low count bytes"; then "peak end blocks": bytes live
 * at the peak, and bytes and blocks at the end.
 *
 * sizes [ROUNDS]: as many short-lived blocks in between.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCKS 3000

static uint64_t count[65], bytes[65], live, peak;

static unsigned class_of(size_t size)
{
	return size > 0 ? 64 - (unsigned)__builtin_clzl(size) : 0;
}

static void *get(void *old, size_t had, size_t size)
{
	void *volatile p = realloc(old, size);

	if (p == NULL)
		abort();
	count[class_of(size)]++;
	bytes[class_of(size)] += size;
	live += size - had;
	peak = live > peak ? live : peak;
	return p;
}

static void drop(void *p, size_t size)
{
	free(p);
	live -= size;
}

static size_t size_of(unsigned i)
{
	return i % 10 == 0 ? 40000 + i : i % 7 == 0 ? 1000 + i : 8 + i % 90;
}

int main(int argc, char **argv)
{
	static void *block[BLOCKS];
	long rounds = argc > 1 ? atol(argv[1]) : 0;
	size_t end = 0, left = 0;

	drop(get(NULL, 0, 0), 0);
	for (unsigned i = 0; i < BLOCKS; i++)
		block[i] = get(NULL, 0, size_of(i));
	for (unsigned i = 1; i < BLOCKS; i += 50)
		block[i] = get(block[i], size_of(i), size_of(i));
	for (long r = 0; r < rounds; r++)
		drop(get(NULL, 0, 16 + r % 50), 16 + r % 50);
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (i % 3 == 0) {
			end += size_of(i);
			left++;
		} else {
			drop(block[i], size_of(i));
		}
	}
	for (unsigned c = 0; c < 65; c++)
		if (count[c] > 0)
			printf("%lu %lu %lu\n", c > 0 ? 1ul << (c - 1) : 0ul,
			       count[c], bytes[c]);
	printf("%lu %lu %lu\n", peak, end, left);
	return 0;
}
