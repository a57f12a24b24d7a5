/* SPDX-License-Identifier: MIT */

/*
 * The extent is fixed from the last slot to the first: a lane fills its blocks
 * one after the other, so one with a successor that we saw is sealed by the
 * time we look at it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

#include "extents.h"

int extents_add(struct extents *e, uint64_t slot, uint32_t used)
{
	struct extent *is = list_grow(e->is, e->nr, &e->room, sizeof(*is));

	if (!is)
		return -ENOMEM;
	e->is = is;
	is[e->nr++] = (struct extent){slot, used};
	return 0;
}

const struct extent *extents_find(struct extents *e, uint64_t slot)
{
	while (e->next < e->nr && e->is[e->next].slot < slot)
		e->next++;
	if (e->next < e->nr && e->is[e->next].slot == slot)
		return &e->is[e->next];
	return NULL;
}

static void reverse(struct extents *e)
{
	for (size_t i = 0; i < e->nr / 2; i++) {
		struct extent other = e->is[i];

		e->is[i] = e->is[e->nr - 1 - i];
		e->is[e->nr - 1 - i] = other;
	}
}

int extents_fix(struct extents *e, struct blocks *b, uint64_t *nr_slots)
{
	int error = 0;

	*nr_slots = 1; /* the header */
	for (uint64_t slot = blocks_count(b); slot-- > 1 && error == 0;) {
		struct block_header h;
		enum format_status s = blocks_peek(b, slot, &h);

		if (s == FORMAT_END && *nr_slots == 1)
			continue;
		*nr_slots = MAX(*nr_slots, slot + 1);
		if (s == FORMAT_END)
			error = extents_add(e, slot, 0);
		else if (h.magic == BLOCK_MAGIC && h.flags == 0)
			error = extents_add(e, slot, h.used);
	}
	reverse(e);
	return error;
}

void extents_fini(struct extents *e)
{
	free(e->is);
	memset(e, 0, sizeof(*e));
}
