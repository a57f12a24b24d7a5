/* SPDX-License-Identifier: MIT */
#pragma once

#include "places.h"
#include "query.h"
#include "sides.h"

/*
 * Whole stacks and what they weigh, equal ones merged: what flame graphs are
 * drawn from.  Wrappers are frames like any other, but for the ends of stacks
 * that are upside down, which begin where the view top counts them.  The rows
 * are in order of their roots, and add up to total less hidden.
 *
 * Answers @q's question into its arena.  0, -ENOMEM or the error of
 * digest_snapshot().
 */
int flame_stacks(const struct query *q, struct stacks *out);

/* What is private to flame.c and flame_tree.c. ------------------------------*/

struct flame {
	const struct query *q;
	struct places places;
	struct sides *sides; /* one for each metric; the first has changes */
	const enum metric *metrics;
	size_t nr_metrics;
	bool *hidden;	  /* each trace */
	uint32_t *traces; /* that weigh something; those of one row together */
	size_t nr;
};

/* Weighs, and puts the traces in order.  As flame_stacks(). */
int flame_collect(struct flame *f, const struct query *q);

/* How many frames a trace has, and the one @depth steps from the root. */
uint32_t flame_height(const struct flame *f, uint32_t trace);
uint32_t flame_frame(const struct flame *f, uint32_t trace, uint32_t depth);
