/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "query.h"
#include "weigh.h"

/*
 * What a question compares: several moments of one profile, or the same moment
 * of two.  A question that compares nothing has one side.
 *
 * Two profiles become one digest that has the frames and traces of both, so
 * that places and stacks are matched as within one: by module and function, or
 * line, never by address.  A module is known by its file name alone, as builds
 * are compared that lie in folders of their own.
 */
struct side {
	const struct digest *digest;
	size_t at, from, to; /* instants of `digest`, as in struct query */
	uint32_t first;	     /* its trace 1 is this one of the query's digest */
};

/*
 * Finds the sides of @q, which is bound otherwise: --compare, or the same as
 * @q of q->base, before @q itself.  0, -ENOMEM, or -EINVAL: said.
 */
int sides_bind(struct query *q, const struct heapprof_listener *listener);

/* The question about one side alone; for its period and totals. */
struct query sides_part(const struct query *q, size_t side);

struct sides {
	size_t nr;
	struct weights *of; /* each side; all have the traces of q->digest */
	bool *hidden;	    /* each trace: by --focus and --ignore */
	struct sum *change; /* each trace: the last side less the first; NULL:
			       not found */
	struct sum total;   /* of all changes */
};

/* Weighs all sides for @q's metric.  0, -ENOMEM or of digest_snapshot(). */
int sides_weigh(const struct query *q, struct sides *out);

/* Then finds the changes, and the total of them. */
int sides_find_changes(const struct query *q, struct sides *s);

/*
 * The figure of @change, a sum of such changes; @before and @after are the same
 * sums of the first side and the last.
 */
struct estimate sides_change(const struct sum *change, const struct sum *before,
			     const struct sum *after, enum metric metric);

/* Likewise of all. */
struct estimate sides_change_total(const struct sides *s, enum metric metric);

/* Has @trace anything at any side? */
bool sides_weighs(const struct sides *s, uint32_t trace);

/*
 * What @traces have together: @weights gets a figure for each side.  Returns
 * the change; 0 where changes were not looked for.
 */
struct estimate sides_weigh_traces(const struct sides *s,
				   const uint32_t *traces, size_t n,
				   enum metric metric,
				   struct estimate *weights);
