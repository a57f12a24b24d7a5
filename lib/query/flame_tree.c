/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "compare.h"
#include "flame.h"
#include "weigh.h"

/*
 * The traces are in order of their frames, so that a node is a run of them, and
 * what it calls are runs within that.
 */

/* What is narrower than this part of the whole is less than a tenth of a
   pixel. */
#define LEAST 1e-4

/* A node to be: traces from @from to below @to, which share @depth frames. */
struct run {
	size_t from, to;
	uint32_t depth;
	uint32_t parent;
	double width;
};

struct builder {
	struct flame f;
	struct flame_graph *out;
	struct flame_node *nodes;
	size_t nr, room;
	struct run *stack; /* runs that are to become nodes; the next is last */
	size_t nr_stack, room_stack;
};

/* Of one trace: as large as it is at any of the moments. */
static double width_of(const struct flame *f, uint32_t trace)
{
	double width = 0;

	for (size_t k = 0; k < f->sides->nr; k++) {
		const struct sum *s = &f->sides->of[k].of[trace];

		width = MAX(width, weigh_value(s, f->q->metric));
	}
	return width;
}

static double width_of_run(const struct flame *f, size_t from, size_t to)
{
	double width = 0;

	for (size_t i = from; i < to; i++)
		width += width_of(f, f->traces[i]);
	return width;
}

static int weigh_node(const struct builder *b, const uint32_t *traces, size_t n,
		      struct flame_node *out)
{
	const struct query *q = b->f.q;
	const struct sides *s = b->f.sides;
	struct estimate *weights =
		arena_alloc(q->arena, s->nr, sizeof(*weights));

	if (!weights)
		return -ENOMEM;
	out->weights = weights;
	out->change = sides_weigh_traces(s, traces, n, q->metric, weights);
	return 0;
}

static int push(struct builder *b, const struct run *run)
{
	struct run *stack = arena_grow(b->f.q->arena, b->stack, b->nr_stack,
				       &b->room_stack, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	b->stack = stack;
	b->stack[b->nr_stack++] = *run;
	return 0;
}

static bool same_place(const struct flame *f, size_t x, size_t y,
		       uint32_t depth)
{
	uint32_t a = flame_frame(f, f->traces[x], depth);
	uint32_t b = flame_frame(f, f->traces[y], depth);

	return f->places.group[a] == f->places.group[b];
}

/* The narrowest first, which is drawn last. */
static int compare_runs(const void *x, const void *y)
{
	const struct run *a = x, *b = y;

	if (a->width != b->width)
		return a->width < b->width ? -1 : 1;
	return a->from < b->from ? 1 : -1;
}

/* What node @parent calls: its traces are those of @run. */
static int push_calls(struct builder *b, const struct run *run, uint32_t parent)
{
	const struct flame *f = &b->f;
	double least = LEAST * b->nodes[0].width;
	size_t first = b->nr_stack, i = run->from, end;
	int err = 0;

	/* Those that end here are first. */
	while (i < run->to && flame_height(f, f->traces[i]) == run->depth)
		i++;
	for (; i < run->to && !err; i = end) {
		struct run call = {i, 0, run->depth + 1, parent, 0};

		for (end = i + 1; end < run->to; end++)
			if (!same_place(f, i, end, run->depth))
				break;
		call.to = end;
		call.width = width_of_run(f, i, end);
		if (call.width >= least)
			err = push(b, &call);
		else
			b->out->nr_dropped++;
	}
	if (b->nr_stack > first)
		qsort(b->stack + first, b->nr_stack - first, sizeof(*b->stack),
		      compare_runs);
	return err;
}

/* For one node more. */
static bool make_room(struct builder *b)
{
	struct flame_node *nodes = arena_grow(b->f.q->arena, b->nodes, b->nr,
					      &b->room, sizeof(*nodes));

	if (nodes)
		b->nodes = nodes;
	return nodes;
}

/* @run becomes a node. */
static int add_node(struct builder *b, const struct run *run)
{
	const struct query *q = b->f.q;
	struct flame_node *n;
	int err;

	if (!make_room(b))
		return -ENOMEM;
	n = &b->nodes[b->nr];
	*n = (struct flame_node){
		.parent = run->parent,
		.depth = run->depth,
		.width = run->width,
	};
	if (run->depth)
		n->place =
			places_frame(q->digest,
				     flame_frame(&b->f, b->f.traces[run->from],
						 run->depth - 1),
				     q->by);
	b->out->depth = MAX(b->out->depth, run->depth);
	err = weigh_node(b, b->f.traces + run->from, run->to - run->from, n);
	return err ? err : push_calls(b, run, (uint32_t)b->nr++);
}

/* A node of its own, for traces that have no frames. */
static int add_leaf(struct builder *b, const uint32_t *traces, size_t n,
		    bool folded)
{
	struct flame_node *node;
	double width = 0;

	for (size_t i = 0; i < n; i++)
		width += width_of(&b->f, traces[i]);
	if (width <= 0)
		return 0;
	if (!make_room(b))
		return -ENOMEM;
	node = &b->nodes[b->nr++];
	*node = (struct flame_node){
		.place = places_unknown(),
		.folded = folded,
		.depth = 1,
		.width = width,
	};
	b->out->depth = MAX(b->out->depth, 1u);
	return weigh_node(b, traces, n, node);
}

/* All traces, and what is folded, which has none. */
static int weigh_root(struct builder *b)
{
	struct flame_node *root = &b->nodes[0];
	uint32_t *all = arena_alloc(b->f.q->arena, b->f.nr + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	memcpy(all, b->f.traces, b->f.nr * sizeof(*all));
	all[b->f.nr] = DIGEST_OTHER;
	root->width += width_of(&b->f, DIGEST_OTHER);
	return weigh_node(b, all, b->f.nr + 1, root);
}

static int build(struct builder *b)
{
	const uint32_t folded = DIGEST_OTHER;
	struct run all = {0, b->f.nr, 0, 0, width_of_run(&b->f, 0, b->f.nr)};
	size_t unknown = 0;
	int err = add_node(b, &all);

	while (!err && b->nr_stack) {
		struct run run = b->stack[--b->nr_stack];

		err = add_node(b, &run);
	}
	while (unknown < b->f.nr && !flame_height(&b->f, b->f.traces[unknown]))
		unknown++;
	if (!err)
		err = add_leaf(b, b->f.traces, unknown, false);
	if (!err)
		err = add_leaf(b, &folded, 1, true);
	return err ? err : weigh_root(b);
}

/* Side by side from the left; what a node has itself is at its right. */
static int place_nodes(struct builder *b)
{
	double *next = arena_alloc(b->f.q->arena, b->nr, sizeof(*next));

	if (!next)
		return -ENOMEM;
	for (size_t i = 1; i < b->nr; i++) {
		struct flame_node *n = &b->nodes[i];

		n->start = next[n->parent];
		next[n->parent] += n->width;
		next[i] = n->start;
	}
	return 0;
}

static int fill_hidden(struct builder *b)
{
	const struct sides *s = b->f.sides;
	struct estimate *hidden =
		arena_alloc(b->f.q->arena, s->nr, sizeof(*hidden));

	if (!hidden)
		return -ENOMEM;
	for (size_t k = 0; k < s->nr; k++)
		hidden[k] = weigh_estimate(&s->of[k].left_out, b->f.q->metric);
	b->out->hidden = hidden;
	return 0;
}

int flame_tree_query(const struct query *q, struct result *out)
{
	struct query one = *q;
	struct builder b = {.out = &out->flame};
	int err;

	one.any_metric = false;
	out->flame = (struct flame_graph){
		.metric = query_metric_name(q->metric),
		.unit = weigh_unit(q->metric),
		.nr_moments = q->nr_sides,
		.inverted = q->inverted,
		.lines = q->by == BY_LINE,
	};
	err = flame_collect(&b.f, &one);
	if (!err)
		err = compare_moments(&one, b.f.sides, &out->flame.moments);
	if (!err)
		err = fill_hidden(&b);
	if (!err)
		err = build(&b);
	if (!err)
		err = place_nodes(&b);
	out->flame.nodes = b.nodes;
	out->flame.nr_nodes = b.nr;
	return err;
}
