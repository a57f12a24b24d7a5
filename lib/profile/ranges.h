/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * A table of address ranges, answered by one binary search.
 *
 * Ranges may nest and overlap while they are added; ranges_finish() cuts them
 * into disjoint ones.  At an address the range that starts last wins; of those
 * that start together the shorter; of equal ones that with the higher value.
 * A zeroed struct is an empty table.
 */
struct range {
	uint64_t low, high; /* [low, high) */
	uint32_t value;	    /* the caller's */
};

struct ranges {
	struct range *v;
	size_t n, room;
};

/* Empty and inverted ranges are left out.  0, or -ENOMEM. */
int ranges_add(struct ranges *r, uint64_t low, uint64_t high, uint32_t value);

/* To be called once, after the last ranges_add().  0, or -ENOMEM. */
int ranges_finish(struct ranges *r);

/* The range that holds @address, or NULL. */
const struct range *ranges_find(const struct ranges *r, uint64_t address);

/* Frees the memory; the table is empty then. */
void ranges_fini(struct ranges *r);
