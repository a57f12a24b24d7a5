/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "places.h"
#include "query.h"
#include "sides.h"
#include "weigh.h"

/*
 * Who calls whom: places as nodes, calls as edges, weighed at several instants.
 *
 * A stack goes from its outermost frame to the innermost one that is not a
 * wrapper, and counts once for each place on it.  Where it comes back to a
 * place, the way round is left out of its edges, so that at each place as much
 * goes in as comes out or stays, and no share exceeds the whole.
 */
#define FLOW_MIN_NODE 0.01
#define FLOW_MIN_EDGE 0.05

struct flow_options {
	double min_node; /* fraction of the total that a node must have */
	double min_edge; /* of what its caller or its callee has */
	bool collapse;	 /* chains become one node */
};

/*
 * Answers @q's question at each of its sides, into @q's arena.  0, -ENOMEM or
 * the error of digest_snapshot().
 */
int flow_graph(const struct query *q, const struct flow_options *options,
	       struct graph *out);

/* Understands what there is for graphs in @o.  -EINVAL: said. */
int flow_ask(struct query *q, const struct heapprof_report_options *o,
	     const struct heapprof_listener *listener);

/* What is private to flow.c and flow_graph.c. -------------------------------*/

/* A place on some stack.  Rows are of `nr` sums, one for each side. */
struct flow_node {
	struct sum *local, *cumulative, *entry, *dropped_in, *dropped_out;
	uint32_t group; /* of places */
	bool used;	/* on some path: it is not only on ways round */
	/* Private to flow.c. */
	uint32_t place; /* on the path of the trace at hand, plus 1; 0: none */
	uint32_t seen;	/* the last trace that counted for it */
};

struct flow_edge {
	uint32_t from, to; /* nodes */
	struct sum *flow;
};

struct flow {
	const struct query *q;
	size_t nr; /* sides */
	struct sides sides;
	struct places places;
	struct sum *rows; /* the last of those that were allocated at once */
	size_t nr_rows;
	uint32_t *number; /* node of each group, plus 1; 0: it has none */
	struct flow_node *nodes;
	size_t nr_nodes, room_nodes;
	struct flow_edge *edges; /* [0] unused */
	size_t nr_edges, room_edges;
	uint32_t *table; /* open hash of edges, 0: free */
	size_t mask;
};

/* Leaves out what is small, joins chains, puts all in order.  0 or -ENOMEM. */
int flow_shown(struct flow *f, const struct flow_options *options,
	       struct graph *out);
