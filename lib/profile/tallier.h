/* SPDX-License-Identifier: MIT */
#pragma once

#include "tally.h"

/*
 * What tally.c and tallier.c share: how things are found in a tally.
 */

/* A hash table of cells of a tally, which has the keys. */
struct tallier_index {
	uint64_t *slots; /* entries */
	uint32_t bits;	 /* log2 of how many there are */
};

/*
 * An entry is the number of something in a tally, and above that the number of
 * the tally: of any other one there is nothing.
 */
#define TALLIER_BITS 32

struct tallier {
	struct tally_rules rules;
	struct tally *t;
	uint64_t id;	   /* of the tally, from 1, below 2^32 */
	uint64_t *traces;  /* entries, by node */
	uint64_t *threads; /* entries, by thread */
	struct tallier_index cells;
	uint32_t thread, thread_number; /* the last one that freed */
};

/* Those that are new.  0 or -ENOMEM. */
int tallier_add_trace(struct tallier *w, uint32_t node, uint32_t *out);
int tallier_add_thread(struct tallier *w, uint32_t thread, uint32_t *out);
int tallier_add_cell(struct tallier *w, uint32_t trace, uint32_t class,
		     uint32_t *out);

/* UINT32_MAX: it is of another tally. */
static inline uint32_t tallier_number(const struct tallier *w, uint64_t entry)
{
	return entry >> TALLIER_BITS == w->id ? (uint32_t)entry : UINT32_MAX;
}

/* Where to look first. */
static inline uint32_t tallier_slot(const struct tallier_index *x,
				    uint32_t trace, uint32_t class)
{
	uint64_t key = (uint64_t)trace * (2 * HPC_CLASSES) + class;

	return (uint32_t)(key * 0x9e3779b97f4a7c15u >> (64 - x->bits));
}

static inline uint32_t tallier_next(const struct tallier_index *x, uint32_t i)
{
	return (i + 1) & ((1u << x->bits) - 1);
}

/* The cell of @class of @trace, a number of the tally.  0 or -ENOMEM. */
static inline int tallier_cell(struct tallier *w, uint32_t trace,
			       uint32_t class, uint32_t *out)
{
	const struct tallier_index *x = &w->cells;

	for (uint32_t i = tallier_slot(x, trace, class);;
	     i = tallier_next(x, i)) {
		uint32_t number = tallier_number(w, x->slots[i]);
		const struct tally_cell *c;

		if (number == UINT32_MAX)
			return tallier_add_cell(w, trace, class, out);
		c = &w->t->cells[number];
		if (likely(c->trace == trace && c->class == class)) {
			*out = number;
			return 0;
		}
	}
}

/* Unknown threads count as 0.  0 or -ENOMEM. */
static inline int tallier_thread(struct tallier *w, uint32_t thread,
				 uint32_t *out)
{
	if (thread >= w->rules.nr_threads)
		thread = 0;
	*out = tallier_number(w, w->threads[thread]);
	return likely(*out != UINT32_MAX) ? 0
					  : tallier_add_thread(w, thread, out);
}

/* Looks up what @b is in the tally.  0 or -ENOMEM. */
int tallier_block(struct tallier *w, struct reader_block *b);
