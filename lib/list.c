/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>

#include "list.h"

#define ROOM_LEAST ((size_t)16)

size_t list_room(size_t n, size_t room)
{
	/* There is no memory for SIZE_MAX, so none for one more. */
	return MAX(MAX(room * 2, ROOM_LEAST), n + (n < SIZE_MAX));
}

void *list_grow_now(void *old, size_t n, size_t *room, size_t size)
{
	size_t more = list_room(n, *room), bytes;
	void *p;

	if (__builtin_mul_overflow(more, size, &bytes))
		return NULL;
	p = realloc(old, bytes);
	if (p)
		*room = more;
	return p;
}
