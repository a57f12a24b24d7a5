/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

/*
 * An arena for the few blocks that dlsym() asks of us while the real allocator
 * is not known yet.  They are zeroed, never freed, and may be passed to free()
 * and realloc() later, which must know them.
 */

#define EARLY_SIZE 65536u

extern char early_arena[EARLY_SIZE] __attribute__((visibility("hidden")));

/* NULL when the arena is full. */
void *early_alloc(size_t size);

/* Copies the block @old into @p (NULL: nothing), of @size bytes; returns @p. */
void *early_move(const void *old, void *p, size_t size);

static inline bool early_owns(const void *p)
{
	return (uintptr_t)p - (uintptr_t)early_arena < EARLY_SIZE;
}
