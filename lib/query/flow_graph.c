/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "flow.h"

/*
 * From all places and calls to the ones worth showing.  What is left out is
 * added up where it went in or out, so that each node still adds up.
 */

#define NONE UINT32_MAX

struct shown {
	uint32_t *next;	 /* each node: the only one it calls; NONE */
	bool *joined;	 /* each node: it continues a chain */
	uint32_t *heads; /* nodes that begin a chain, the heaviest first */
	size_t nr_heads;
	uint32_t *node;	 /* each node: number of its chain; NONE: left out */
	uint32_t *edges; /* that are shown, the heaviest first */
	size_t nr_edges;
};

/* Is @s at moment @k that part of @whole? */
static bool is_part(const struct flow *f, const struct sum *s,
		    const struct sum *whole, double fraction)
{
	double value = weigh_value(s, f->q->metric);

	return value != 0 &&
	       value >= fraction * weigh_value(whole, f->q->metric);
}

static bool is_large_node(const struct flow *f, const struct flow_node *n,
			  double fraction)
{
	for (size_t k = 0; k < f->nr; k++)
		if (is_part(f, &n->cumulative[k], &f->sides.of[k].total,
			    fraction))
			return true;
	return false;
}

/*
 * For its caller or for its callee: a node of which all callers were left out
 * would hang in the air.
 */
static bool is_large_edge(const struct flow *f, const struct flow_edge *e,
			  double fraction)
{
	const struct flow_node *from = &f->nodes[e->from];
	const struct flow_node *to = &f->nodes[e->to];

	for (size_t k = 0; k < f->nr; k++)
		if (is_part(f, &e->flow[k], &from->cumulative[k], fraction) ||
		    is_part(f, &e->flow[k], &to->cumulative[k], fraction))
			return true;
	return false;
}

static bool is_zero(const struct flow *f, const struct sum *s)
{
	for (size_t k = 0; k < f->nr; k++)
		if (s[k].bytes != 0 || s[k].count != 0)
			return false;
	return true;
}

static void add(const struct flow *f, struct sum *to, const struct sum *s)
{
	for (size_t k = 0; k < f->nr; k++)
		weigh_add(&to[k], &s[k]);
}

/* Sum over the instants, to sort by. */
static double weight(const struct flow *f, const struct sum *s)
{
	double sum = 0;

	for (size_t k = 0; k < f->nr; k++)
		sum += weigh_value(&s[k], f->q->metric);
	return sum;
}

/* Keeps the large nodes, and the large edges between them. */
static void prune(struct flow *f, const struct flow_options *o, struct shown *s,
		  struct graph *out)
{
	for (uint32_t i = 0; i < f->nr_nodes; i++) {
		const struct flow_node *n = &f->nodes[i];
		bool large = n->used && is_large_node(f, n, o->min_node);

		s->node[i] = large ? i : NONE;
		out->nr_dropped_nodes += n->used && !large;
	}
	for (uint32_t i = 1; i < f->nr_edges; i++) {
		const struct flow_edge *e = &f->edges[i];

		bool both = s->node[e->from] != NONE && s->node[e->to] != NONE;

		if (both && is_large_edge(f, e, o->min_edge)) {
			s->edges[s->nr_edges++] = i;
			continue;
		}
		add(f, f->nodes[e->from].dropped_out, e->flow);
		add(f, f->nodes[e->to].dropped_in, e->flow);
		out->nr_dropped_edges += both;
	}
}

/* Could the chain go through @e? */
static bool is_link(const struct flow *f, const struct flow_edge *e)
{
	const struct flow_node *from = &f->nodes[e->from];
	const struct flow_node *to = &f->nodes[e->to];

	return is_zero(f, from->local) && is_zero(f, from->dropped_out) &&
	       is_zero(f, to->entry) && is_zero(f, to->dropped_in);
}

/* Sums that cancel could make a chain bite its tail. */
static bool leads_to(const struct shown *s, uint32_t node, uint32_t end)
{
	while (node != end && s->next[node] != NONE)
		node = s->next[node];
	return node == end;
}

/* Joins who calls only one with that one, if that has no other caller. */
static int join(const struct flow *f, struct shown *s)
{
	uint32_t *out, *in;

	out = arena_alloc(f->q->arena, f->nr_nodes, sizeof(*out));
	in = arena_alloc(f->q->arena, f->nr_nodes, sizeof(*in));
	if (!out || !in)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_edges; i++) {
		out[f->edges[s->edges[i]].from]++;
		in[f->edges[s->edges[i]].to]++;
	}
	for (size_t i = 0; i < s->nr_edges; i++) {
		const struct flow_edge *e = &f->edges[s->edges[i]];

		if (out[e->from] != 1 || in[e->to] != 1 || !is_link(f, e) ||
		    leads_to(s, e->to, e->from))
			continue;
		s->next[e->from] = e->to;
		s->joined[e->to] = true;
	}
	return 0;
}

static int compare_groups(const struct flow *f, uint32_t a, uint32_t b)
{
	uint32_t ga = f->nodes[a].group, gb = f->nodes[b].group;

	return ga < gb ? -1 : ga > gb;
}

static int compare_heads(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	const struct flow *f = arg;
	double wa = weight(f, f->nodes[a].cumulative);
	double wb = weight(f, f->nodes[b].cumulative);

	if (wa != wb)
		return wa < wb ? 1 : -1;
	return compare_groups(f, a, b);
}

static int compare_edges(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	const struct flow *f = arg;
	double wa = weight(f, f->edges[a].flow);
	double wb = weight(f, f->edges[b].flow);

	if (wa != wb)
		return wa < wb ? 1 : -1;
	if (f->edges[a].from != f->edges[b].from)
		return compare_groups(f, f->edges[a].from, f->edges[b].from);
	return compare_groups(f, f->edges[a].to, f->edges[b].to);
}

static void number_nodes(struct flow *f, struct shown *s)
{
	for (uint32_t i = 0; i < f->nr_nodes; i++)
		if (s->node[i] != NONE && !s->joined[i])
			s->heads[s->nr_heads++] = i;
	qsort_r(s->heads, s->nr_heads, sizeof(*s->heads), compare_heads, f);
	for (uint32_t i = 0; i < s->nr_heads; i++)
		for (uint32_t g = s->heads[i]; g != NONE; g = s->next[g])
			s->node[g] = i;
	qsort_r(s->edges, s->nr_edges, sizeof(*s->edges), compare_edges, f);
}

static const struct estimate *estimate(const struct flow *f,
				       const struct sum *s)
{
	struct estimate *e = arena_alloc(f->q->arena, f->nr, sizeof(*e));

	for (size_t k = 0; e && k < f->nr; k++)
		e[k] = weigh_estimate(&s[k], f->q->metric);
	return e;
}

static int fill_node(const struct flow *f, const struct shown *s, uint32_t head,
		     struct graph_node *out)
{
	struct place *places;
	uint32_t last = head;
	size_t n = 0;

	for (uint32_t i = head; i != NONE; i = s->next[i])
		n++;
	places = arena_alloc(f->q->arena, n, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (uint32_t i = head; i != NONE; i = s->next[i]) {
		uint32_t group = f->nodes[i].group;

		last = i;
		places[out->nr_places++] =
			group == PLACES_UNKNOWN
				? places_unknown()
				: places_frame(f->q->digest,
					       f->places.first[group],
					       f->q->by);
	}
	out->places = places;
	out->local = estimate(f, f->nodes[last].local);
	out->cumulative = estimate(f, f->nodes[head].cumulative);
	out->entry = estimate(f, f->nodes[head].entry);
	out->dropped_in = estimate(f, f->nodes[head].dropped_in);
	out->dropped_out = estimate(f, f->nodes[last].dropped_out);
	return out->local && out->cumulative && out->entry && out->dropped_in &&
			       out->dropped_out
		       ? 0
		       : -ENOMEM;
}

static int fill_edges(const struct flow *f, const struct shown *s,
		      struct graph *out)
{
	struct graph_edge *edges;

	edges = arena_alloc(f->q->arena, s->nr_edges, sizeof(*edges));
	if (!edges)
		return -ENOMEM;
	for (size_t i = 0; i < s->nr_edges; i++) {
		const struct flow_edge *e = &f->edges[s->edges[i]];
		struct graph_edge *edge = &edges[out->nr_edges];

		/* Within a chain. */
		if (s->next[e->from] == e->to)
			continue;
		edge->from = s->node[e->from];
		edge->to = s->node[e->to];
		edge->flow = estimate(f, e->flow);
		if (!edge->flow)
			return -ENOMEM;
		out->nr_edges++;
	}
	out->edges = edges;
	return 0;
}

/* What is in no node. */
static int fill_rests(const struct flow *f, struct graph *out)
{
	struct sum *folded = arena_alloc(f->q->arena, f->nr, sizeof(*folded));
	struct sum *hidden = arena_alloc(f->q->arena, f->nr, sizeof(*hidden));

	if (!folded || !hidden)
		return -ENOMEM;
	for (size_t k = 0; k < f->nr; k++) {
		folded[k] = f->sides.of[k].folded;
		hidden[k] = f->sides.of[k].left_out;
	}
	out->folded = estimate(f, folded);
	out->hidden = estimate(f, hidden);
	return out->folded && out->hidden ? 0 : -ENOMEM;
}

static int fill(const struct flow *f, const struct shown *s, struct graph *out)
{
	struct graph_node *nodes;
	int err = 0;

	nodes = arena_alloc(f->q->arena, s->nr_heads, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	err = fill_rests(f, out);
	for (size_t i = 0; i < s->nr_heads && !err; i++)
		err = fill_node(f, s, s->heads[i], &nodes[i]);
	out->nodes = nodes;
	out->nr_nodes = s->nr_heads;
	return err ? err : fill_edges(f, s, out);
}

int flow_shown(struct flow *f, const struct flow_options *options,
	       struct graph *out)
{
	size_t n = f->nr_nodes;
	struct arena *a = f->q->arena;
	struct shown s = {
		.next = arena_alloc(a, n, sizeof(*s.next)),
		.joined = arena_alloc(a, n, sizeof(*s.joined)),
		.heads = arena_alloc(a, n, sizeof(*s.heads)),
		.node = arena_alloc(a, n, sizeof(*s.node)),
		.edges = arena_alloc(a, f->nr_edges, sizeof(*s.edges)),
	};
	int err = 0;

	if (!s.next || !s.joined || !s.heads || !s.node || !s.edges)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		s.next[i] = NONE;
	prune(f, options, &s, out);
	if (options->collapse)
		err = join(f, &s);
	if (err)
		return err;
	number_nodes(f, &s);
	return fill(f, &s, out);
}
