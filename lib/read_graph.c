/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/say.h"
#include "query/flame.h"
#include "query/flow.h"
#include "query/sides.h"
#include "read.h"
#include "render/collapsed.h"

/*
 * Results of queries in the structs of heapprof.h.  Both live in an arena that
 * is freed with the result, which is the first member of what is allocated.
 */

struct flow_result {
	struct heapprof_flow_graph is;
	struct arena arena;
};

struct flame_result {
	struct heapprof_flame_graph is;
	struct arena arena;
};

_Static_assert(sizeof(struct estimate) == sizeof(struct heapprof_estimate) &&
		       offsetof(struct estimate, error) ==
			       offsetof(struct heapprof_estimate, error),
	       "estimates are handed out as they are");

static const struct heapprof_estimate *estimates(const struct estimate *e)
{
	return (const struct heapprof_estimate *)e;
}

static const struct heapprof_frame *
copy_places(struct arena *a, const struct place *from, size_t n)
{
	struct heapprof_frame *f = arena_alloc(a, n, sizeof(*f));

	for (size_t i = 0; f && i < n; i++)
		f[i] = (struct heapprof_frame){
			.function = from[i].function,
			.file = from[i].file,
			.module = from[i].module,
			.offset = from[i].offset,
			.line = from[i].line,
			.inlined = from[i].inlined,
			.cut = from[i].kind == PLACE_CUT,
		};
	return f;
}

static int copy_nodes(struct arena *a, const struct graph *g,
		      struct heapprof_flow_graph *out)
{
	struct heapprof_graph_node *nodes;

	nodes = arena_alloc(a, g->nr_nodes, sizeof(*nodes));
	for (size_t i = 0; nodes && i < g->nr_nodes; i++) {
		const struct graph_node *n = &g->nodes[i];

		nodes[i] = (struct heapprof_graph_node){
			.frames = copy_places(a, n->places, n->nr_places),
			.nr_frames = n->nr_places,
			.local = estimates(n->local),
			.cumulative = estimates(n->cumulative),
			.entry = estimates(n->entry),
			.dropped_in = estimates(n->dropped_in),
			.dropped_out = estimates(n->dropped_out),
		};
		if (!nodes[i].frames)
			return -ENOMEM;
	}
	out->nodes = nodes;
	out->nr_nodes = g->nr_nodes;
	return nodes ? 0 : -ENOMEM;
}

static int copy_edges(struct arena *a, const struct graph *g,
		      struct heapprof_flow_graph *out)
{
	struct heapprof_graph_edge *edges;

	edges = arena_alloc(a, g->nr_edges, sizeof(*edges));
	for (size_t i = 0; edges && i < g->nr_edges; i++)
		edges[i] = (struct heapprof_graph_edge){
			g->edges[i].from, g->edges[i].to,
			estimates(g->edges[i].flow)};
	out->edges = edges;
	out->nr_edges = g->nr_edges;
	return edges ? 0 : -ENOMEM;
}

static int copy_graph(struct arena *a, const struct graph *g,
		      struct heapprof_flow_graph *out)
{
	struct heapprof_estimate *total =
		arena_alloc(a, g->nr_moments, sizeof(*total));
	int err = total ? copy_nodes(a, g, out) : -ENOMEM;

	for (size_t i = 0; total && i < g->nr_moments; i++)
		total[i] = *estimates(&g->moments[i].total);
	out->total = total;
	out->nr_snapshots = g->nr_moments;
	out->other = estimates(g->folded);
	out->nr_dropped_nodes = g->nr_dropped_nodes;
	out->nr_dropped_edges = g->nr_dropped_edges;
	return err ? err : copy_edges(a, g, out);
}

static const struct heapprof_graph_options *
resolve(const struct heapprof_graph_options *options)
{
	static const struct heapprof_graph_options defaults = {
		.min_node = -1,
		.min_edge = -1,
	};

	return options ? options : &defaults;
}

static int ask(const struct heapprof_reader *r, const size_t *snapshots,
	       size_t nr, const struct heapprof_graph_options *o,
	       struct arena *arena, struct query *q)
{
	int err = read_ask(r, o->metric, o->by ? o->by : "line", arena, q);
	struct side *sides = arena_alloc(arena, nr, sizeof(*sides));

	if (!err && !sides)
		err = -ENOMEM;
	for (size_t i = 0; i < nr && !err; i++) {
		err = read_check_snapshot(r, snapshots[i]);
		sides[i] = (struct side){q->digest, snapshots[i], q->from,
					 q->to, 1};
	}
	q->any_metric = false;
	q->sides = sides;
	q->nr_sides = nr;
	return err;
}

static int check_fractions(const struct heapprof_reader *r,
			   const struct heapprof_graph_options *o, size_t nr)
{
	if (!(o->min_node <= 1 && o->min_edge <= 1))
		return say_error(r->listener, -EINVAL,
				 "%s: the smallest node or edge must be a "
				 "fraction up to 1",
				 r->name);
	if (nr == 0)
		return say_error(r->listener, -EINVAL,
				 "%s: a graph needs a snapshot", r->name);
	return 0;
}

int heapprof_get_flow_graph(const struct heapprof_reader *r,
			    const size_t *snapshots, size_t nr,
			    const struct heapprof_graph_options *options,
			    struct heapprof_flow_graph **graph)
{
	const struct heapprof_graph_options *o = resolve(options);
	const struct flow_options flow = {
		.min_node = o->min_node < 0 ? FLOW_MIN_NODE : o->min_node,
		.min_edge = o->min_edge < 0 ? FLOW_MIN_EDGE : o->min_edge,
		.collapse = !o->no_collapse,
	};
	struct flow_result *result = calloc(1, sizeof(*result));
	struct query q = {0};
	struct graph g;
	int err = result ? check_fractions(r, o, nr) : -ENOMEM;

	if (!err)
		err = ask(r, snapshots, nr, o, &result->arena, &q);
	if (!err)
		err = flow_graph(&q, &flow, &g);
	query_fini(&q);
	if (!err)
		err = copy_graph(&result->arena, &g, &result->is);
	if (err)
		heapprof_flow_graph_free(result ? &result->is : NULL);
	else
		*graph = &result->is;
	return err;
}

void heapprof_flow_graph_free(struct heapprof_flow_graph *graph)
{
	struct flow_result *result = (struct flow_result *)graph;

	if (!result)
		return;
	arena_fini(&result->arena);
	free(result);
}

static int compare_rows(const void *x, const void *y)
{
	const struct heapprof_flame_row *a = x, *b = y;

	return strcmp(a->stack, b->stack);
}

static int copy_stacks(struct arena *a, const struct stacks *s, bool lines,
		       struct heapprof_flame_graph *out)
{
	struct heapprof_flame_row *rows;

	rows = arena_alloc(a, s->nr_rows, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_rows; i++) {
		const struct stack *from = &s->rows[i];

		char *stack = collapsed_join(from, lines);

		rows[i].stack = stack ? arena_printf(a, "%s", stack) : NULL;
		free(stack);
		rows[i].weight = *estimates(from->weights);
		if (!rows[i].stack)
			return -ENOMEM;
	}
	qsort(rows, s->nr_rows, sizeof(*rows), compare_rows);
	out->rows = rows;
	out->nr_rows = s->nr_rows;
	return 0;
}

int heapprof_get_flame_graph(const struct heapprof_reader *r, size_t snapshot,
			     const struct heapprof_graph_options *options,
			     struct heapprof_flame_graph **graph)
{
	const struct heapprof_graph_options *o = resolve(options);
	struct flame_result *result = calloc(1, sizeof(*result));
	struct query q = {0};
	struct stacks s;
	int err =
		result ? ask(r, &snapshot, 1, o, &result->arena, &q) : -ENOMEM;

	if (!err)
		err = flame_stacks(&q, &s);
	query_fini(&q);
	if (!err)
		err = copy_stacks(&result->arena, &s, q.by == BY_LINE,
				  &result->is);
	if (err)
		heapprof_flame_graph_free(result ? &result->is : NULL);
	else
		*graph = &result->is;
	return err;
}

void heapprof_flame_graph_free(struct heapprof_flame_graph *graph)
{
	struct flame_result *result = (struct flame_result *)graph;

	if (!result)
		return;
	arena_fini(&result->arena);
	free(result);
}
