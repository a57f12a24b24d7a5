/* SPDX-License-Identifier: MIT */
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"

/*
 * A list of chunks; the newest one is cut from its front.  What is larger than
 * a chunk gets one of its own.
 */

#define CHUNK ((size_t)64 * 1024)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size; /* of the bytes */
	alignas(max_align_t) unsigned char bytes[];
};

static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	struct arena_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c)
		return NULL;
	c->size = size;
	c->older = a->chunks;
	a->chunks = c;
	a->left = size;
	return c;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *c = a->chunks;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) ||
	    bytes > (size_t)-1 / 2 - align)
		return NULL;
	bytes = (MAX(bytes, 1u) + align - 1) / align * align;
	if (bytes > a->left) {
		c = add_chunk(a, MAX(bytes, CHUNK));
		if (!c)
			return NULL;
	}
	a->left -= bytes;
	return c->bytes + (c->size - a->left - bytes);
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1, 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

void arena_fini(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->older;
		free(c);
	}
	a->left = 0;
}
