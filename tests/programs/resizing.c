/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Half a million calls in an order drawn once and for all: blocks that grow and
 * shrink across the bounds of the rates, calls that fail with and without an
 * old block, blocks of no bytes.
 *
 * resizing FROM: the truth of blocks of at least that many bytes; one that
 * shrinks below is freed, one that grows above is allocated.
 */
#define CALLS 500000
#define BLOCKS 2000

static struct {
	void *p;
	size_t size;
} blocks[BLOCKS];

static struct truth truth;
static size_t from;
static volatile size_t huge = (size_t)-1 / 2 + 1;

static size_t draw(size_t n)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)((state >> 11) % n);
}

static size_t draw_size(void)
{
	static const size_t most[] = {2, 127, 129, 1000, 8191, 8193, 40000};
	size_t n = most[draw(sizeof(most) / sizeof(*most))];

	return draw(4) ? draw(n) : n;
}

static void gone(size_t size)
{
	if (size >= from)
		truth_free(&truth, size);
}

static void came(size_t i, void *p, size_t size)
{
	blocks[i].p = p;
	blocks[i].size = size;
	if (p && size >= from)
		truth_alloc(&truth, size);
}

static void allocate(size_t i)
{
	size_t size = draw_size();
	void *p = NULL;

	switch (draw(6)) {
	case 0:
		came(i, calloc(size, 1), size);
		break;
	case 1:
		came(i, calloc(3, size), 3 * size);
		break;
	case 2:
		came(i, realloc(NULL, size), size);
		break;
	case 3:
		if (posix_memalign(&p, (size_t)16 << draw(8), size))
			abort();
		came(i, p, size);
		break;
	case 4:
		came(i, reallocarray(NULL, size, 2), 2 * size);
		break;
	default:
		came(i, malloc(size), size);
	}
}

static void resize(size_t i)
{
	size_t size = draw_size(), old = blocks[i].size;
	bool twice = draw(2);
	void *p = twice ? reallocarray(blocks[i].p, size, 2)
			: realloc(blocks[i].p, size);

	gone(old);
	came(i, p, twice ? 2 * size : size);
}

/* All return NULL or an error, and leave the block as it is. */
static void fail(size_t i)
{
	void *p = blocks[i].p;
	bool good;

	switch (draw(7)) {
	case 0:
		good = !malloc(huge);
		break;
	case 1:
		good = !calloc(huge, 2);
		break;
	case 2:
		good = !calloc(huge / 8, 16);
		break;
	case 3:
		good = !realloc(p, huge);
		break;
	case 4:
		good = !reallocarray(p, huge, 2);
		break;
	case 5:
		good = posix_memalign(&p, 24, 100) != 0;
		break;
	default:
		good = posix_memalign(&p, 64, huge) != 0;
	}
	if (!good)
		abort();
}

int main(int argc, char **argv)
{
	from = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	for (int call = 0; call < CALLS; call++) {
		size_t i = draw(BLOCKS), what = draw(8);

		if (what == 0) {
			fail(i);
		} else if (!blocks[i].p) {
			allocate(i);
		} else if (what < 5) {
			resize(i);
		} else {
			free(blocks[i].p);
			gone(blocks[i].size);
			blocks[i].p = NULL;
		}
	}
	truth_print(&truth);
	return 0;
}
