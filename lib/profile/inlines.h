/* SPDX-License-Identifier: MIT */
#pragma once

#include "units.h"

/*
 * The functions that were inlined into one function, directly or not.
 *
 * One walk over the function; addresses come sorted, so one function at a time
 * is enough.  A zeroed struct is empty.
 */
#define INLINES_NONE UINT32_MAX

struct inlined {
	void *place;	 /* of its DW_TAG_inlined_subroutine */
	uint32_t parent; /* index of what it is inlined into, INLINES_NONE */
};

struct inlines {
	void *function; /* place of its DIE */
	struct inlined *v;
	size_t n, room;
	struct ranges ranges; /* to indices of v */
};

/* Makes @inlines that of @function, unless it is.  0, or -ENOMEM. */
int inlines_load(struct inlines *inlines, const struct ranges *text,
		 Dwarf_Die *function);

/* The innermost at @address: an index, or INLINES_NONE. */
uint32_t inlines_find(const struct inlines *inlines, uint64_t address);

void inlines_fini(struct inlines *inlines);
