/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "profile/say.h"

#include "compare.h"
#include "flow.h"

/*
 * Adds up.  Each stack becomes a path of groups without a loop: where a group
 * is on the path already, the path is cut back to there.
 */

struct walker {
	uint32_t *path; /* nodes, outermost first */
	uint32_t nr;
};

/* @n rows of sums, side by side. */
static struct sum *new_sums(const struct flow *f, size_t n)
{
	return arena_alloc(f->q->arena, n * f->nr, sizeof(struct sum));
}

#define POOL 256u

/* A row that every trace on its way adds to: these are kept together. */
static struct sum *new_row(struct flow *f)
{
	if (f->nr_rows % POOL == 0)
		f->rows = new_sums(f, POOL);
	return f->rows ? f->rows + f->nr_rows++ % POOL * f->nr : NULL;
}

static int add_node(struct flow *f, uint32_t group)
{
	struct sum *cumulative = new_row(f), *sums = new_sums(f, 4);
	struct flow_node *nodes = arena_grow(f->q->arena, f->nodes, f->nr_nodes,
					     &f->room_nodes, sizeof(*nodes));

	if (!cumulative || !sums || !nodes)
		return -ENOMEM;
	f->nodes = nodes;
	nodes[f->nr_nodes++] = (struct flow_node){
		.cumulative = cumulative,
		.local = sums,
		.entry = sums + f->nr,
		.dropped_in = sums + 2 * f->nr,
		.dropped_out = sums + 3 * f->nr,
		.group = group,
	};
	f->number[group] = (uint32_t)f->nr_nodes;
	return 0;
}

static uint32_t *find_slot(const struct flow *f, uint32_t from, uint32_t to)
{
	uint64_t h = ((uint64_t)from << 32 | to) * 0x9e3779b97f4a7c15;
	size_t i = (h ^ h >> 32) & f->mask;

	for (; f->table[i]; i = (i + 1) & f->mask) {
		const struct flow_edge *e = &f->edges[f->table[i]];

		if (e->from == from && e->to == to)
			break;
	}
	return &f->table[i];
}

/* Room for one more edge; the first time also for the unused one. */
static int grow_edges(struct flow *f)
{
	size_t room = MAX(f->room_edges * 2, 256u);
	struct flow_edge *edges;

	if (f->room_edges && f->nr_edges < f->room_edges)
		return 0;
	edges = arena_alloc(f->q->arena, room, sizeof(*edges));
	f->table = arena_alloc(f->q->arena, room * 2, sizeof(*f->table));
	if (!edges || !f->table)
		return -ENOMEM;
	if (f->nr_edges)
		memcpy(edges, f->edges, f->nr_edges * sizeof(*edges));
	f->edges = edges;
	f->room_edges = room;
	f->mask = room * 2 - 1;
	f->nr_edges = MAX(f->nr_edges, 1u);
	for (uint32_t i = 1; i < f->nr_edges; i++)
		*find_slot(f, edges[i].from, edges[i].to) = i;
	return 0;
}

static struct flow_edge *get_edge(struct flow *f, uint32_t from, uint32_t to)
{
	uint32_t *slot = find_slot(f, from, to);
	struct flow_edge *e;

	if (*slot)
		return &f->edges[*slot];
	if (grow_edges(f))
		return NULL;
	slot = find_slot(f, from, to);
	*slot = (uint32_t)f->nr_edges++;
	e = &f->edges[*slot];
	*e = (struct flow_edge){from, to, new_row(f)};
	return e->flow ? e : NULL;
}

static void step(struct flow *f, struct walker *w, uint32_t number)
{
	struct flow_node *node = &f->nodes[number];

	if (node->place) {
		while (w->nr > node->place)
			f->nodes[w->path[--w->nr]].place = 0;
		return;
	}
	w->path[w->nr++] = number;
	node->place = w->nr;
}

/* The next place of @trace, from the outermost on; counts it there. */
static int visit(struct flow *f, struct walker *w, uint32_t group,
		 uint32_t trace, size_t k, const struct sum *s)
{
	struct flow_node *node;

	if (!f->number[group] && add_node(f, group))
		return -ENOMEM;
	node = &f->nodes[f->number[group] - 1];
	step(f, w, f->number[group] - 1);
	if (node->seen != trace)
		weigh_add(&node->cumulative[k], s);
	node->seen = trace;
	return 0;
}

/* The path of a trace. */
static int walk(struct flow *f, struct walker *w, uint32_t trace, size_t k,
		const struct sum *s)
{
	const struct digest *d = f->q->digest;
	const struct digest_trace *t = &d->traces[trace];
	uint32_t site = places_site(&f->places, d, t);
	int err = 0;

	w->nr = 0;
	if (site == t->nr_frames)
		return visit(f, w, PLACES_UNKNOWN, trace, k, s);
	for (uint32_t i = t->nr_frames; i-- > site && !err;)
		if (!places_is_cut(&f->places, d, t->frames[i]))
			err = visit(f, w, f->places.group[t->frames[i]], trace,
				    k, s);
	return err;
}

static int add_trace(struct flow *f, struct walker *w, uint32_t trace, size_t k,
		     const struct sum *s)
{
	int err = walk(f, w, trace, k, s);

	if (err)
		return err;
	weigh_add(&f->nodes[w->path[0]].entry[k], s);
	weigh_add(&f->nodes[w->path[w->nr - 1]].local[k], s);
	for (uint32_t i = 0; i < w->nr; i++) {
		struct flow_edge *e;

		f->nodes[w->path[i]].used = true;
		f->nodes[w->path[i]].place = 0;
		if (i == 0)
			continue;
		e = get_edge(f, w->path[i - 1], w->path[i]);
		if (!e)
			return -ENOMEM;
		weigh_add(&e->flow[k], s);
	}
	return 0;
}

static int add_side(struct flow *f, struct walker *w, size_t k)
{
	const struct weights *weights = &f->sides.of[k];
	int err = 0;

	for (size_t i = 0; i < f->nr_nodes; i++)
		f->nodes[i].seen = 0;
	for (uint32_t i = 1; i < f->q->digest->nr_traces && !err; i++) {
		const struct sum *s = &weights->of[i];

		if (!weights->hidden[i] && (s->bytes != 0 || s->count != 0))
			err = add_trace(f, w, i, k, s);
	}
	return err;
}

static int init(struct flow *f, struct walker *w)
{
	struct arena *a = f->q->arena;
	int err = places_group(f->q, &f->places);

	if (!err)
		err = grow_edges(f);
	f->number = arena_alloc(a, f->places.nr, sizeof(*f->number));
	/* Without loops no path is longer than there are groups. */
	w->path = arena_alloc(a, f->places.nr, sizeof(*w->path));
	return err || (f->number && w->path) ? err : -ENOMEM;
}

int flow_graph(const struct query *q, const struct flow_options *options,
	       struct graph *out)
{
	struct flow f = {.q = q, .nr = q->nr_sides};
	struct walker w = {0};
	int err = sides_weigh(q, &f.sides);

	*out = (struct graph){
		.title = "Who called whom",
		.metric = query_metric_name(q->metric),
		.unit = weigh_unit(q->metric),
		.nr_moments = f.nr,
		.min_node = options->min_node,
		.min_edge = options->min_edge,
		.scale = q->scale,
	};
	if (!err)
		err = compare_moments(q, &f.sides, &out->moments);
	if (!err)
		err = init(&f, &w);
	for (size_t k = 0; k < f.nr && !err; k++)
		err = add_side(&f, &w, k);
	return err ? err : flow_shown(&f, options, out);
}

int flow_query(const struct query *q, struct result *out)
{
	const struct flow_options options = {
		.min_node = q->min_node,
		.min_edge = q->min_edge,
		.collapse = q->collapse,
	};

	return flow_graph(q, &options, &out->graph);
}

static int parse_fraction(const char *option, const char *text, double *out,
			  const struct heapprof_listener *listener)
{
	char *end;

	if (!text)
		return 0;
	/* strtod() takes hexadecimal, infinity and more, too. */
	if (!text[strspn(text, "0123456789.e-")]) {
		*out = strtod(text, &end);
		if (end != text && !*end && *out >= 0 && *out <= 1)
			return 0;
	}
	return say_error(listener, -EINVAL,
			 "%s: '%s' is not a fraction from 0 to 1", option,
			 text);
}

int flow_ask(struct query *q, const struct heapprof_report_options *o,
	     const struct heapprof_listener *listener)
{
	int err;

	q->min_node = FLOW_MIN_NODE;
	q->min_edge = FLOW_MIN_EDGE;
	q->collapse = !o->no_collapse;
	q->scale = !o->no_scale;
	err = parse_fraction("--min-node", o->min_node, &q->min_node, listener);
	if (!err)
		err = parse_fraction("--min-edge", o->min_edge, &q->min_edge,
				     listener);
	return err;
}
