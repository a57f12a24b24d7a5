/* SPDX-License-Identifier: MIT */

/*
 * Tables of one kind grow through the same sizes, one after the other as memory
 * is used up, so that there is seldom more than one spare of a size, and it
 * fits exactly.  If there is too much, the sizes are those of earlier days: all
 * goes.
 */

#include "spares.h"

#include <stdint.h>
#include <string.h>

#include "lock.h"
#include "memory.h"

#define PAGE 4096u
#define SIZES (SPARES_MAX / 4 / PAGE) /* the largest one, in pages */

/* In the first bytes of a spare. */
struct spare {
	struct spare *next;
};

static struct lock lock;
static struct spare *spares[SIZES + 1]; /* by pages */
static size_t total;			/* bytes */

static void drop_all_locked(void)
{
	for (size_t i = 1; i <= SIZES; i++)
		while (spares[i] != NULL) {
			struct spare *s = spares[i];

			spares[i] = s->next;
			memory_unmap(s, i * PAGE);
		}
	total = 0;
}

void *spares_take(size_t size, bool *used)
{
	size_t pages = size / PAGE;
	struct spare *s = NULL;

	if (pages <= SIZES) {
		lock_take(&lock);
		s = spares[pages];
		if (s != NULL) {
			spares[pages] = s->next;
			total -= size;
		}
		lock_drop(&lock);
	}
	*used = s != NULL;
	return s != NULL ? s : memory_map_filled(size);
}

void spares_give(void *p, size_t size)
{
	size_t pages = size / PAGE;
	struct spare *s = p;

	if (pages > SIZES) {
		memory_unmap(p, size);
		return;
	}
	lock_take(&lock);
	if (total + size > SPARES_MAX)
		drop_all_locked();
	s->next = spares[pages];
	spares[pages] = s;
	total += size;
	lock_drop(&lock);
}

void spares_reset(bool forked)
{
	lock = (struct lock){0};
	if (forked)
		memset(spares, 0, sizeof(spares));
	drop_all_locked();
}
