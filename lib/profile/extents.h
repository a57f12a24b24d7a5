/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blocks.h"

/*
 * Slots of a log that are not read to their end: a list in ascending order.
 */
struct extent {
	uint64_t slot;
	uint32_t used; /* bytes of payload that are read */
};

struct extents {
	struct extent *is;
	size_t nr, room;
	size_t next; /* where extents_find() goes on; 0 starts over */
};

/*
 * Fixes how much of the log is read: lists the blocks that are not sealed, with
 * what is whole of them now.  *@nr_slots is one more than the last slot in use.
 * 0 or -ENOMEM.
 */
int extents_fix(struct extents *e, struct blocks *b, uint64_t *nr_slots);
void extents_fini(struct extents *e);

/* @slot is above all that are listed.  0 or -ENOMEM. */
int extents_add(struct extents *e, uint64_t slot, uint32_t used);

/* NULL: not listed.  Slots must be asked for in ascending order. */
const struct extent *extents_find(struct extents *e, uint64_t slot);
