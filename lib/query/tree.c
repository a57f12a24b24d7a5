/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "places.h"
#include "query.h"
#include "weigh.h"

/*
 * The stacks, outermost frame first, merged into a tree: a node is a place
 * called along one path.  Node 0 is the root, which stands for all of them.
 *
 * Then the nodes are sorted, so that the children of one are side by side, the
 * heaviest first, and are walked in the order in which they are drawn.  Neither
 * step recurses: stacks can be as deep as a file says.
 */

#define PRUNE 0.01 /* of the total: what has less is drawn as "more" */

struct node {
	uint32_t parent;
	uint32_t group;
	uint32_t frame; /* or NO_FRAME */
	uint32_t first; /* child, in `order`, once sorted */
	uint32_t nr_children;
	struct sum sum;
};

#define NO_FRAME UINT32_MAX

struct builder {
	const struct query *q;
	struct places places;
	struct weights weights;
	bool fold; /* what is too uncertain */
	struct node *nodes;
	size_t nr, room;
	uint32_t *table; /* open hash of node numbers, 0: free */
	size_t mask;
	uint32_t *order; /* nodes but the root: by parent, then weight */
};

/* One line yet to be drawn. */
struct pending {
	uint32_t node; /* the pruned ones: their parent */
	uint32_t depth;
	bool last, chained;
	size_t nr_pruned;
	struct sum pruned;
	size_t caller; /* line */
};

static uint32_t *find_slot(const struct builder *b, uint32_t parent,
			   uint32_t group)
{
	uint64_t h = ((uint64_t)parent << 32 | group) * 0x9e3779b97f4a7c15;
	size_t i = (h ^ h >> 32) & b->mask;

	for (; b->table[i]; i = (i + 1) & b->mask) {
		const struct node *n = &b->nodes[b->table[i]];

		if (n->parent == parent && n->group == group)
			break;
	}
	return &b->table[i];
}

static int grow_table(struct builder *b)
{
	size_t size = b->mask ? (b->mask + 1) * 2 : 1024;

	if (b->mask && b->nr * 2 <= b->mask)
		return 0;
	b->table = arena_alloc(b->q->arena, size, sizeof(*b->table));
	if (!b->table)
		return -ENOMEM;
	b->mask = size - 1;
	for (uint32_t i = 1; i < b->nr; i++)
		*find_slot(b, b->nodes[i].parent, b->nodes[i].group) = i;
	return 0;
}

/* The child of @parent for @group; 0: no memory. */
static uint32_t add_child(struct builder *b, uint32_t parent, uint32_t group,
			  uint32_t frame)
{
	uint32_t *slot = find_slot(b, parent, group);
	uint32_t node = *slot;

	if (node)
		return node;
	node = *slot = (uint32_t)b->nr;
	b->nodes = arena_grow(b->q->arena, b->nodes, b->nr, &b->room,
			      sizeof(*b->nodes));
	if (!b->nodes || b->nr == UINT32_MAX - 1)
		return 0;
	b->nodes[b->nr++] =
		(struct node){.parent = parent, .group = group, .frame = frame};
	b->nodes[parent].nr_children++;
	return grow_table(b) ? 0 : node;
}

static int add_trace(struct builder *b, uint32_t trace)
{
	const struct digest *d = b->q->digest;
	const struct digest_trace *t = &d->traces[trace];
	const struct sum *s = &b->weights.of[trace];
	uint32_t node = 0, last = NO_FRAME;

	weigh_add(&b->nodes[0].sum, s);
	for (uint32_t i = t->nr_frames; i-- > 0;) {
		uint32_t group = b->places.group[t->frames[i]];

		/* A module that calls itself is one call. */
		if (b->q->by == BY_MODULE && group == last)
			continue;
		last = group;
		node = add_child(b, node, group, t->frames[i]);
		if (!node)
			return -ENOMEM;
		weigh_add(&b->nodes[node].sum, s);
	}
	if (!t->nr_frames) {
		node = add_child(b, 0, PLACES_UNKNOWN, NO_FRAME);
		if (!node)
			return -ENOMEM;
		weigh_add(&b->nodes[node].sum, s);
	}
	return 0;
}

static int build(struct builder *b)
{
	const struct digest *d = b->q->digest;
	int err = weigh_traces(b->q, &b->weights);

	if (!err)
		err = places_group(b->q, &b->places);
	if (err)
		return err;
	b->nodes =
		arena_grow(b->q->arena, NULL, 0, &b->room, sizeof(*b->nodes));
	if (!b->nodes)
		return -ENOMEM;
	b->nr = 1;
	b->fold = weigh_folds(b->q, &b->weights.total);
	err = grow_table(b);
	for (uint32_t i = 1; i < d->nr_traces && !err; i++) {
		const struct sum *s = &b->weights.of[i];

		if (!b->weights.hidden[i] && (s->bytes != 0 || s->count != 0))
			err = add_trace(b, i);
	}
	return err;
}

static double weight_of(const struct builder *b, uint32_t node)
{
	return weigh_estimate(&b->nodes[node].sum, b->q->metric).value;
}

static bool is_uncertain(const struct builder *b, uint32_t node)
{
	return weigh_uncertain(
		weigh_estimate(&b->nodes[node].sum, b->q->metric));
}

static int compare_nodes(const void *x, const void *y, void *arg)
{
	const struct builder *b = arg;
	uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
	double wi = weight_of(b, i), wk = weight_of(b, k);

	if (b->nodes[i].parent != b->nodes[k].parent)
		return b->nodes[i].parent < b->nodes[k].parent ? -1 : 1;
	if (b->fold && is_uncertain(b, i) != is_uncertain(b, k))
		return is_uncertain(b, i) ? 1 : -1;
	if (wi != wk)
		return wi < wk ? 1 : -1;
	return i < k ? -1 : i > k;
}

static int sort_nodes(struct builder *b)
{
	b->order = arena_alloc(b->q->arena, b->nr, sizeof(*b->order));
	if (!b->order)
		return -ENOMEM;
	for (uint32_t i = 1; i < b->nr; i++)
		b->order[i - 1] = i;
	qsort_r(b->order, b->nr - 1, sizeof(*b->order), compare_nodes, b);
	for (uint32_t i = (uint32_t)b->nr - 1; i-- > 0;)
		b->nodes[b->nodes[b->order[i]].parent].first = i;
	return 0;
}

/* How many children of @n are worth a line, the heaviest first. */
static uint32_t count_kept(const struct builder *b, const struct node *n)
{
	double prune = b->q->complete ? 0 : PRUNE;
	double least =
		prune * weigh_estimate(&b->weights.total, b->q->metric).value;
	uint32_t kept = 0;

	while (kept < n->nr_children) {
		uint32_t child = b->order[n->first + kept];

		if (weight_of(b, child) < least ||
		    (b->fold && is_uncertain(b, child)) ||
		    b->nodes[child].sum.bytes < (double)b->q->min_size ||
		    (b->q->top && kept == b->q->top))
			break;
		kept++;
	}
	return kept;
}

/* The lines below that of @at, in reverse, so that the first is drawn next. */
static size_t push_children(const struct builder *b, const struct pending *at,
			    size_t line, struct pending *stack, size_t n)
{
	const struct node *node = &b->nodes[at->node];
	uint32_t kept = count_kept(b, node);
	uint32_t depth = at->node ? at->depth + 1 : 0;
	bool chain =
		kept == 1 && node->nr_children == 1 && at->node &&
		weight_of(b, b->order[node->first]) == weight_of(b, at->node);

	if (kept < node->nr_children) {
		struct pending *p = &stack[n++];

		*p = (struct pending){
			.node = at->node,
			.depth = depth,
			.last = true,
			.nr_pruned = node->nr_children - kept,
			.caller = line,
		};
		for (uint32_t i = kept; i < node->nr_children; i++)
			weigh_add(&p->pruned,
				  &b->nodes[b->order[node->first + i]].sum);
	}
	for (uint32_t i = kept; i-- > 0;)
		stack[n++] = (struct pending){
			.node = b->order[node->first + i],
			.depth = chain ? at->depth : depth,
			.last = chain ? at->last : i + 1 == node->nr_children,
			.chained = chain,
			.caller = line,
		};
	return n;
}

static struct tree_node draw(const struct builder *b, const struct pending *p)
{
	const struct node *n = &b->nodes[p->node];
	struct tree_node out = {
		.cumulative = weigh_estimate(
			p->nr_pruned ? &p->pruned : &n->sum, b->q->metric),
		.depth = p->depth,
		.last = p->last,
		.chained = p->chained,
		.nr_pruned = p->nr_pruned,
		.caller = p->caller,
	};

	if (!p->nr_pruned)
		out.place = n->frame == NO_FRAME
				    ? places_unknown()
				    : places_frame(b->q->digest, n->frame,
						   b->q->by);
	return out;
}

static int walk(struct builder *b, struct tree *out)
{
	struct pending *stack;
	struct tree_node *lines = NULL;
	size_t n = 0, nr = 0, room = 0;

	/* Every node, and a line for the pruned ones of each, at most. */
	stack = arena_alloc(b->q->arena, 2 * b->nr + 1, sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	n = push_children(b, &(struct pending){0}, TREE_ROOT, stack, n);
	while (n) {
		struct pending p = stack[--n];

		lines = arena_grow(b->q->arena, lines, nr, &room,
				   sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		lines[nr++] = draw(b, &p);
		if (!p.nr_pruned)
			n = push_children(b, &p, nr - 1, stack, n);
	}
	out->nodes = lines;
	out->nr_nodes = nr;
	return 0;
}

int tree_query(const struct query *q, struct result *out)
{
	struct builder b = {.q = q};
	struct tree *t = &out->tree;
	int err = build(&b);

	if (!err)
		err = sort_nodes(&b);
	if (err)
		return err;
	t->title = "Who called whom";
	t->metric = query_metric_name(q->metric);
	t->unit = weigh_unit(q->metric);
	t->period = weigh_period(q);
	t->total = weigh_total(q, &b.weights.total);
	t->folded = weigh_estimate(&b.weights.folded, q->metric);
	t->hidden = weigh_estimate(&b.weights.left_out, q->metric);
	return walk(&b, t);
}
