/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "base.h"

/*
 * Memory that is freed all at once: the results of a query.
 *
 * All of it is zeroed and aligned for any type.  A function that allocates from
 * an arena returns NULL, or -ENOMEM, when there is no memory, and has nothing
 * to clean up then.  One thread at a time.
 */
struct arena {
	struct arena_chunk *chunks; /* NULL: empty */
	size_t left;		    /* bytes free at the end of the first */
	size_t total;		    /* bytes of all chunks */
};

/* @n elements of @size bytes; at least one byte.  NULL: no memory. */
void *arena_alloc(struct arena *a, size_t n, size_t size) must_check;

/*
 * Room for one more element of @size bytes in the list @old, which has @n and
 * room for *@room, 0 at first; the list, elsewhere if need be.
 */
void *arena_grow(struct arena *a, void *old, size_t n, size_t *room,
		 size_t size) must_check;

/* As sprintf(), into the arena. */
char *arena_printf(struct arena *a, const char *format, ...) printf_like(2, 3);

/* Frees everything; the arena is empty again and can be used. */
void arena_fini(struct arena *a);
