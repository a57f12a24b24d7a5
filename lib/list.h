/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "base.h"

/*
 * Lists of malloc() that grow: the caller keeps where the list is, how many
 * elements it has and how many it has room for.
 */

/* What list_grow() does where there is no room. */
void *list_grow_now(void *old, size_t n, size_t *room, size_t size) must_check;

/*
 * Room for one more element of @size bytes in the list @old, which has @n and
 * room for *@room; the list, elsewhere if need be.  At first they are NULL, 0
 * and 0.  So is there room for element @n of a list that has fewer.  Elements
 * that were not there before are not zeroed.  NULL: no memory, and the list and
 * its room are as they were.
 */
static inline must_check void *list_grow(void *old, size_t n, size_t *room,
					 size_t size)
{
	return likely(n < *room) ? old : list_grow_now(old, n, room, size);
}

/* The room to make, at least twice @room, where a list of @n has no more. */
size_t list_room(size_t n, size_t room);
