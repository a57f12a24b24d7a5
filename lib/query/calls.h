/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "places.h"
#include "query.h"
#include "sides.h"

/*
 * The stacks, outermost frame first, merged into a tree: a node is a place
 * called along one path.  Node 0 is the root, which stands for all of them.
 */

#define CALLS_NO_FRAME UINT32_MAX

struct calls_node {
	uint32_t parent; /* has a lower number; of the root 0 */
	uint32_t group;
	uint32_t frame; /* or CALLS_NO_FRAME: the stack is unknown */
	uint32_t nr_children;
};

struct calls {
	const struct query *q;
	const struct sides *sides;
	struct places places;
	struct calls_node *nodes;
	size_t nr, room;
	struct sides sums; /* of nodes, not of traces, with what they call */
	/* Private to calls_collect(). */
	uint32_t *leaf;	 /* each trace: its innermost node; 0: it has none */
	uint32_t *table; /* open hash of node numbers, 0: free */
	size_t mask;
};

/* Of the traces that weigh something in @s and are not hidden.  0 or -ENOMEM.
 */
int calls_collect(struct calls *c, const struct query *q,
		  const struct sides *s);
