/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A program that brings its own malloc: no preloaded library sees a call. */

static char heap[1 << 20];
static size_t used;

void *malloc(size_t size)
{
	void *p = heap + used;

	used += (size + 15) & ~(size_t)15;
	return used <= sizeof(heap) ? p : NULL;
}

void free(void *p)
{
	(void)p;
}

void *calloc(size_t nr, size_t size)
{
	void *p = malloc(nr * size);

	return p ? memset(p, 0, nr * size) : NULL;
}

void *realloc(void *old, size_t size)
{
	char *p = malloc(size);

	if (p && old)
		memcpy(p, old, size); /* the blocks lie in one array */
	return p;
}

int main(void)
{
	char *p = malloc(100);

	if (!p)
		return 2;
	memset(p, 'x', 100);
	p = realloc(p, 200);
	free(p);
	return write(STDOUT_FILENO, "fine\n", 5) == 5 ? 0 : 2;
}
