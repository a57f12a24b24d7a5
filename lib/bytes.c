/* SPDX-License-Identifier: MIT */

/* Growing bytes. */

#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "bytes.h"

static _Thread_local uint8_t nowhere[BYTES_RECORD];

static bool make_room(struct bytes *b, size_t max)
{
	size_t room = MAX(b->room * 2, b->n + max + 256);
	uint8_t *p;

	if (b->failed || b->room - b->n >= max)
		return !b->failed;
	p = realloc(b->p, room);
	if (!p) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->room = room;
	return true;
}

uint8_t *bytes_room(struct bytes *b, size_t max)
{
	if (make_room(b, max))
		return b->p + b->n;
	/* The next record goes to the same place. */
	b->n = 0;
	return nowhere;
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (n == 0 || !make_room(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void bytes_fini(struct bytes *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}
