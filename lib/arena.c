/* SPDX-License-Identifier: MIT */
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"
#include "list.h"

/*
 * A list of chunks; the first one is cut from its front.  Once there is much in
 * an arena, its chunks are of large pages, as the kernel takes more time for a
 * page of 4 KiB than most uses of it.
 */

#define CHUNK ((size_t)64 * 1024)
#define LARGE_PAGE ((size_t)2 << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t mapped; /* bytes, with this struct; 0: it is of malloc() */
	size_t size;   /* of the bytes */
	alignas(max_align_t) unsigned char bytes[];
};

/* Aligned to a large page, which takes cutting off both ends. */
static struct arena_chunk *map_chunk(size_t size)
{
	size_t all = size + LARGE_PAGE, before;
	struct arena_chunk *c;
	uint8_t *p = mmap(NULL, all, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p & (LARGE_PAGE - 1);
	if (before)
		munmap(p, before);
	if (before < LARGE_PAGE)
		munmap(p + before + size, LARGE_PAGE - before);
	c = (struct arena_chunk *)(p + before);
	madvise(c, size, MADV_HUGEPAGE);
	c->mapped = size;
	return c;
}

static struct arena_chunk *new_chunk(size_t size)
{
	size_t all = sizeof(struct arena_chunk) + size;
	struct arena_chunk *c;

	if (all > LARGE_PAGE / 2)
		c = map_chunk((all + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	else
		c = calloc(1, all);
	if (c)
		c->size = c->mapped ? c->mapped - sizeof(*c) : size;
	return c;
}

/* @bytes of a new chunk.  That of which more is left will be the first. */
static void *add_chunk(struct arena *a, size_t bytes)
{
	size_t size = MAX(bytes, MAX(MIN(a->total, LARGE_PAGE / 2), CHUNK));
	struct arena_chunk *c = new_chunk(size), **place = &a->chunks;

	if (!c)
		return NULL;
	a->total += c->size;
	if (a->chunks && c->size - bytes < a->left)
		place = &a->chunks->next;
	else
		a->left = c->size - bytes;
	c->next = *place;
	*place = c;
	return c->bytes;
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
	if (bytes > a->left)
		return add_chunk(a, bytes);
	a->left -= bytes;
	return c->bytes + (c->size - a->left - bytes);
}

void *arena_grow(struct arena *a, void *old, size_t n, size_t *room,
		 size_t size)
{
	size_t more = list_room(n, *room);
	void *p;

	if (n < *room)
		return old;
	p = arena_alloc(a, more, size);
	if (!p)
		return NULL;
	if (n)
		memcpy(p, old, n * size);
	*room = more;
	return p;
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

		a->chunks = c->next;
		if (c->mapped)
			munmap(c, c->mapped);
		else
			free(c);
	}
	*a = (struct arena){0};
}
