/* SPDX-License-Identifier: MIT */
#include "base.h"

#include "json.h"
#include "json_value.h"

static void put_places(FILE *out, const struct graph_node *n)
{
	fputs("\"frames\": [", out);
	for (size_t i = 0; i < n->nr_places; i++) {
		fputs(i ? ", {" : "{", out);
		json_place(out, &n->places[i]);
		fputc('}', out);
	}
	fputs("],\n     ", out);
}

static void put_node(FILE *out, const struct graph *g, size_t i)
{
	const struct graph_node *n = &g->nodes[i];
	const struct {
		const char *key;
		const struct estimate *figures;
	} all[] = {
		{"local", n->local},
		{"cumulative", n->cumulative},
		{"entry", n->entry},
		{"dropped_in", n->dropped_in},
		{"dropped_out", n->dropped_out},
	};

	fprintf(out, "{\"id\": \"n%zu\", ", i);
	put_places(out, n);
	for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
		fputs(k ? ", " : "", out);
		json_estimates(out, all[k].key, all[k].figures, g->nr_moments);
	}
	fputc('}', out);
}

static void put_edge(FILE *out, const struct graph *g, size_t i)
{
	const struct graph_edge *e = &g->edges[i];

	fprintf(out, "{\"from\": \"n%zu\", \"to\": \"n%zu\", ", e->from, e->to);
	json_estimates(out, "flow", e->flow, g->nr_moments);
	fputc('}', out);
}

static void put_rests(FILE *out, const struct graph *g)
{
	fputs(",\n  ", out);
	json_estimates(out, "other", g->folded, g->nr_moments);
	fputs(",\n  ", out);
	json_estimates(out, "hidden", g->hidden, g->nr_moments);
	fprintf(out, ",\n  \"dropped\": {\"nodes\": %zu, \"edges\": %zu}",
		g->nr_dropped_nodes, g->nr_dropped_edges);
}

int json_graph(const struct target *t, const struct result *r)
{
	const struct graph *g = &r->graph;
	FILE *out = t->out;

	json_basis(out, r);
	fputs(",\n  \"metric\": ", out);
	json_string(out, g->metric);
	json_moments(out, g->moments, g->nr_moments, "  ");
	fputs(",\n  \"nodes\": [", out);
	for (size_t i = 0; i < g->nr_nodes; i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		put_node(out, g, i);
	}
	fputs("],\n  \"edges\": [", out);
	for (size_t i = 0; i < g->nr_edges; i++) {
		fputs(i ? ",\n    " : "\n    ", out);
		put_edge(out, g, i);
	}
	fputc(']', out);
	put_rests(out, g);
	fputs("\n}\n", out);
	return 0;
}
