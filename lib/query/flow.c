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
	uint32_t *path; /* groups, outermost first */
	uint32_t nr;
	uint32_t *place; /* of each group on the path, plus 1; 0: not on it */
	uint32_t *seen;	 /* each group: last trace that counted for it */
};

static struct sum *new_sums(const struct flow *f)
{
	return arena_alloc(f->q->arena, f->nr, sizeof(struct sum));
}

static int init_nodes(struct flow *f)
{
	const struct digest *d = f->q->digest;
	size_t n = f->places.nr;

	f->nodes = arena_alloc(f->q->arena, n, sizeof(*f->nodes));
	if (!f->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct flow_node *node = &f->nodes[i];

		node->local = new_sums(f);
		node->cumulative = new_sums(f);
		node->entry = new_sums(f);
		node->dropped_in = new_sums(f);
		node->dropped_out = new_sums(f);
		if (!node->local || !node->cumulative || !node->entry ||
		    !node->dropped_in || !node->dropped_out)
			return -ENOMEM;
	}
	for (uint32_t i = (uint32_t)d->nr_frames; i-- > 0;)
		f->nodes[f->places.group[i]].frame = i + 1;
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
	*e = (struct flow_edge){from, to, new_sums(f)};
	return e->flow ? e : NULL;
}

static void step(struct walker *w, uint32_t group)
{
	if (w->place[group]) {
		while (w->nr > w->place[group])
			w->place[w->path[--w->nr]] = 0;
		return;
	}
	w->path[w->nr++] = group;
	w->place[group] = w->nr;
}

/* The path of a trace; counts it for each place. */
static void walk(struct flow *f, struct walker *w, uint32_t trace, size_t k,
		 const struct sum *s)
{
	const struct digest *d = f->q->digest;
	const struct digest_trace *t = &d->traces[trace];
	uint32_t site = places_site(&f->places, d, t);

	w->nr = 0;
	if (site == t->nr_frames) {
		step(w, PLACES_UNKNOWN);
		weigh_add(&f->nodes[PLACES_UNKNOWN].cumulative[k], s);
	}
	for (uint32_t i = t->nr_frames; i-- > site;) {
		uint32_t group = f->places.group[t->frames[i]];

		if (d->frames[t->frames[i]].cut)
			continue;
		step(w, group);
		if (w->seen[group] != trace)
			weigh_add(&f->nodes[group].cumulative[k], s);
		w->seen[group] = trace;
	}
}

static int add_trace(struct flow *f, struct walker *w, uint32_t trace, size_t k,
		     const struct sum *s)
{
	walk(f, w, trace, k, s);
	weigh_add(&f->nodes[w->path[0]].entry[k], s);
	weigh_add(&f->nodes[w->path[w->nr - 1]].local[k], s);
	for (uint32_t i = 0; i < w->nr; i++) {
		struct flow_edge *e;

		f->nodes[w->path[i]].used = true;
		w->place[w->path[i]] = 0;
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

	memset(w->seen, 0, f->places.nr * sizeof(*w->seen));
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
		err = init_nodes(f);
	if (!err)
		err = grow_edges(f);
	/* Without loops no path is longer than there are groups. */
	w->path = arena_alloc(a, f->places.nr, sizeof(*w->path));
	w->place = arena_alloc(a, f->places.nr, sizeof(*w->place));
	w->seen = arena_alloc(a, f->places.nr, sizeof(*w->seen));
	if (!w->path || !w->place || !w->seen)
		return -ENOMEM;
	return err;
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
