/* SPDX-License-Identifier: MIT */

#include "early.h"

#include <stdatomic.h>
#include <string.h>

#define ALIGNMENT 16u

char early_arena[EARLY_SIZE] __attribute__((aligned(16)));

static atomic_size_t used;

/* Each block has its size in the 16 bytes before it. */
void *early_alloc(size_t size)
{
	size_t need = ALIGNMENT + ((size + ALIGNMENT - 1) & ~(ALIGNMENT - 1ul));
	size_t at;

	if (size > EARLY_SIZE)
		return NULL;
	at = atomic_fetch_add(&used, need);
	if (at + need > EARLY_SIZE)
		return NULL;
	memcpy(early_arena + at, &size, sizeof(size));
	return early_arena + at + ALIGNMENT;
}

void *early_move(const void *old, void *p, size_t size)
{
	size_t had;

	memcpy(&had, (const char *)old - ALIGNMENT, sizeof(had));
	if (p != NULL)
		memcpy(p, old, MIN(had, size));
	return p;
}
