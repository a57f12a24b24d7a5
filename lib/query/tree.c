/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "calls.h"
#include "compare.h"
#include "places.h"
#include "query.h"
#include "sides.h"
#include "weigh.h"

/*
 * The nodes are sorted, so that the children of one are side by side, the
 * heaviest first, and are walked in the order in which they are drawn.  Neither
 * step recurses: stacks can be as deep as a file says.
 *
 * Where moments are compared, the weight of a node is how far it went: from the
 * least that it has at any of them to the most.  What it calls can have gone
 * further than it did, as more of one and less of another cancel; so a node has
 * a line if it or any that it calls, however far down, is worth one.
 */

#define PRUNE 0.01 /* of the whole: what has less is drawn as "more" */

struct node {
	double weight;
	double heaviest; /* of itself and all below */
	bool certain;	 /* likewise: one of them is */
	bool kept;	 /* it has a line, if there is room for one */
	uint32_t first;	 /* child, in `order` */
};

struct builder {
	const struct query *q;
	struct sides sides;
	struct calls calls;
	struct node *nodes; /* as those of `calls` */
	double whole;	    /* what all weighs, the folded and hidden, too */
	bool fold;	    /* what is too uncertain */
	uint32_t *order;    /* nodes but the root: by parent, then weight */
};

/* One line yet to be drawn. */
struct pending {
	uint32_t node; /* the pruned ones: their parent */
	uint32_t depth;
	bool last, chained;
	size_t first, nr_pruned; /* in `order` */
	size_t caller;		 /* line */
};

/* What @numbers, of traces or of nodes, have together. */
static int find_figure(const struct builder *b, const struct sides *of,
		       const uint32_t *numbers, size_t n,
		       struct tree_figure *out)
{
	struct estimate *at = arena_alloc(b->q->arena, of->nr, sizeof(*at));

	if (!at)
		return -ENOMEM;
	out->at = at;
	out->change = sides_weigh_traces(of, numbers, n, b->q->metric, at);
	return 0;
}

static bool is_certain(const struct builder *b, const struct tree_figure *f)
{
	return b->sides.nr == 1 ? !weigh_uncertain(f->at[0])
				: result_is_change(f->change);
}

static double weight_of(const struct builder *b, const struct estimate *at)
{
	double least = at[0].value, most = at[0].value;

	if (b->sides.nr == 1)
		return most;
	for (size_t k = 1; k < b->sides.nr; k++) {
		least = MIN(least, at[k].value);
		most = MAX(most, at[k].value);
	}
	return most - least;
}

/* Callers have lower numbers than what they call. */
static int weigh_nodes(struct builder *b)
{
	struct estimate *at =
		arena_alloc(b->q->arena, b->sides.nr, sizeof(*at));
	struct tree_figure f = {.at = at};

	b->nodes = arena_alloc(b->q->arena, b->calls.nr, sizeof(*b->nodes));
	if (!at || !b->nodes)
		return -ENOMEM;
	for (uint32_t i = (uint32_t)b->calls.nr; i-- > 0;) {
		struct node *n = &b->nodes[i];
		struct node *parent = &b->nodes[b->calls.nodes[i].parent];

		f.change = sides_weigh_traces(&b->calls.sums, &i, 1,
					      b->q->metric, at);
		n->weight = weight_of(b, at);
		n->heaviest = MAX(n->heaviest, n->weight);
		n->certain |= is_certain(b, &f);
		parent->heaviest = MAX(parent->heaviest, n->heaviest);
		parent->certain |= n->certain;
	}
	for (size_t k = 0; k < b->sides.nr; k++)
		at[k] = weigh_estimate(&b->sides.of[k].total, b->q->metric);
	b->whole = MAX(weight_of(b, at), b->nodes[0].heaviest);
	return 0;
}

/* Has it so much at any of the moments? */
static bool is_large(const struct builder *b, uint32_t node)
{
	for (size_t k = 0; k < b->calls.sums.nr; k++)
		if (b->calls.sums.of[k].of[node].bytes >=
		    (double)b->q->min_size)
			return true;
	return false;
}

static void choose_nodes(struct builder *b)
{
	/* What did not change at all is less than that, too. */
	double least = b->q->complete ? 0 : MAX(PRUNE * b->whole, DBL_MIN);

	for (uint32_t i = 1; i < b->calls.nr; i++) {
		struct node *n = &b->nodes[i];

		n->kept = n->heaviest >= least && is_large(b, i) &&
			  (n->certain || !b->fold);
	}
}

static uint32_t parent_of(const struct builder *b, uint32_t node)
{
	return b->calls.nodes[node].parent;
}

static int compare_nodes(const void *x, const void *y, void *arg)
{
	const struct builder *b = arg;
	uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
	const struct node *a = &b->nodes[i], *c = &b->nodes[k];
	uint32_t pi = parent_of(b, i), pk = parent_of(b, k);

	if (pi != pk)
		return pi < pk ? -1 : 1;
	if (a->kept != c->kept)
		return a->kept ? -1 : 1;
	if (a->weight != c->weight)
		return a->weight < c->weight ? 1 : -1;
	return i < k ? -1 : i > k;
}

static int sort_nodes(struct builder *b)
{
	b->order = arena_alloc(b->q->arena, b->calls.nr, sizeof(*b->order));
	if (!b->order)
		return -ENOMEM;
	for (uint32_t i = 1; i < b->calls.nr; i++)
		b->order[i - 1] = i;
	qsort_r(b->order, b->calls.nr - 1, sizeof(*b->order), compare_nodes, b);
	for (uint32_t i = (uint32_t)b->calls.nr - 1; i-- > 0;)
		b->nodes[parent_of(b, b->order[i])].first = i;
	return 0;
}

/* How many children of @node have a line; they are the first. */
static uint32_t count_kept(const struct builder *b, uint32_t node)
{
	uint32_t limit = b->calls.nodes[node].nr_children, kept = 0;
	const uint32_t *children = b->order + b->nodes[node].first;

	if (b->q->top)
		limit = MIN(limit, b->q->top);
	while (kept < limit && b->nodes[children[kept]].kept)
		kept++;
	return kept;
}

/* Has @child all that its caller has, at each of the moments? */
static bool is_all_of(const struct builder *b, uint32_t child, uint32_t caller)
{
	for (size_t k = 0; k < b->calls.sums.nr; k++) {
		const struct sum *of = b->calls.sums.of[k].of;

		if (weigh_value(&of[child], b->q->metric) !=
		    weigh_value(&of[caller], b->q->metric))
			return false;
	}
	return true;
}

/* The lines below that of @at, in reverse, so that the first is drawn next. */
static size_t push_children(const struct builder *b, const struct pending *at,
			    size_t line, struct pending *stack, size_t n)
{
	uint32_t nr = b->calls.nodes[at->node].nr_children;
	uint32_t first = b->nodes[at->node].first;
	uint32_t kept = count_kept(b, at->node);
	uint32_t depth = at->node ? at->depth + 1 : 0;
	bool chain = kept == 1 && nr == 1 && at->node &&
		     is_all_of(b, b->order[first], at->node);

	if (kept < nr)
		stack[n++] = (struct pending){
			.node = at->node,
			.depth = depth,
			.last = true,
			.first = first + kept,
			.nr_pruned = nr - kept,
			.caller = line,
		};
	for (uint32_t i = kept; i-- > 0;)
		stack[n++] = (struct pending){
			.node = b->order[first + i],
			.depth = chain ? at->depth : depth,
			.last = chain ? at->last : i + 1 == nr,
			.chained = chain,
			.caller = line,
		};
	return n;
}

static int draw(const struct builder *b, const struct pending *p,
		struct tree_node *out)
{
	uint32_t frame = b->calls.nodes[p->node].frame;
	int err;

	*out = (struct tree_node){
		.depth = p->depth,
		.last = p->last,
		.chained = p->chained,
		.nr_pruned = p->nr_pruned,
		.caller = p->caller,
	};
	if (p->nr_pruned)
		err = find_figure(b, &b->calls.sums, b->order + p->first,
				  p->nr_pruned, &out->cumulative);
	else
		err = find_figure(b, &b->calls.sums, &p->node, 1,
				  &out->cumulative);
	if (!err)
		out->uncertain =
			!is_certain(b, &out->cumulative) &&
			(b->sides.nr == 1 || out->cumulative.change.value != 0);
	if (!p->nr_pruned)
		out->place =
			frame == CALLS_NO_FRAME
				? places_unknown()
				: places_frame(b->q->digest, frame, b->q->by);
	return err;
}

static int walk(struct builder *b, struct tree *out)
{
	struct pending *stack;
	struct tree_node *lines = NULL;
	size_t n = 0, nr = 0, room = 0;
	int err = 0;

	/* Every node, and a line for the pruned ones of each, at most. */
	stack = arena_alloc(b->q->arena, 2 * b->calls.nr + 1, sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	n = push_children(b, &(struct pending){0}, TREE_ROOT, stack, n);
	while (n && !err) {
		struct pending p = stack[--n];

		lines = arena_grow(b->q->arena, lines, nr, &room,
				   sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		err = draw(b, &p, &lines[nr++]);
		if (!p.nr_pruned)
			n = push_children(b, &p, nr - 1, stack, n);
	}
	out->nodes = lines;
	out->nr_nodes = nr;
	return err;
}

/* What --focus and --ignore leave out. */
static int find_hidden(const struct builder *b, struct tree_figure *out)
{
	size_t nr = b->q->digest->nr_traces, n = 0;
	uint32_t *hidden = arena_alloc(b->q->arena, nr, sizeof(*hidden));

	if (!hidden)
		return -ENOMEM;
	for (uint32_t i = 1; i < nr; i++)
		if (b->sides.hidden[i])
			hidden[n++] = i;
	return find_figure(b, &b->sides, hidden, n, out);
}

static int weigh(struct builder *b, struct tree *out)
{
	const struct query *q = b->q;
	const uint32_t folded = DIGEST_OTHER;
	int err = sides_weigh(q, &b->sides);

	if (!err && b->sides.nr > 1)
		err = sides_find_changes(q, &b->sides);
	if (!err)
		err = compare_moments(q, &b->sides, &out->moments);
	if (!err)
		err = find_figure(b, &b->sides, &folded, 1, &out->folded);
	if (!err)
		err = find_hidden(b, &out->hidden);
	out->nr_moments = b->sides.nr;
	if (!err && b->sides.change)
		out->change = sides_change_total(&b->sides, q->metric);
	return err;
}

/* Where several moments are compared, the change says little of those between.
 */
static bool folds(const struct builder *b, struct estimate change)
{
	if (b->sides.nr == 1)
		return weigh_folds(b->q, &b->sides.of[0].total);
	return b->q->fold && b->sides.nr == 2 && result_is_change(change);
}

int tree_query(const struct query *q, struct result *out)
{
	struct builder b = {.q = q};
	struct tree *t = &out->tree;
	int err = weigh(&b, t);

	t->title = "Who called whom";
	t->metric = query_metric_name(q->metric);
	t->unit = weigh_unit(q->metric);
	if (!err)
		err = calls_collect(&b.calls, q, &b.sides);
	if (!err)
		err = weigh_nodes(&b);
	if (err)
		return err;
	b.fold = folds(&b, t->change);
	choose_nodes(&b);
	err = sort_nodes(&b);
	return err ? err : walk(&b, t);
}
