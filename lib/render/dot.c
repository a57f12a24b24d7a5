/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base.h"
#include "utf8.h"

#include "dot.h"
#include "name.h"
#include "number.h"

/*
 * A node is a table: a row for each place of its chain, and below a cell for
 * each moment, the darker the more of the total it has: dark and light are told
 * apart whatever colours one sees.
 *
 * Edges are as wide and as dark as the part of the total that flows along them.
 * Their class, w0 to w4, says the same, for a style sheet.
 */

#define FONT "Helvetica,Arial,sans-serif"
#define PLACES_MAX                                                             \
	6u /* of a chain, before those in the middle are left out              \
	    */
#define NAME_COLUMNS 44u
#define WHERE_COLUMNS 32u
#define SIZE_LEAST 11.0
#define SIZE_MORE 21.0 /* points that the whole total adds */

struct dot {
	FILE *out;
	const struct graph *g;
	const struct basis *basis;
};

/* Text in a label that is HTML; graphviz would act on a backslash. */
static void put_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			fputs("&amp;", out);
		else if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '>')
			fputs("&gt;", out);
		else if (*s == '"')
			fputs("&quot;", out);
		else if (*s == '\\')
			fputs("&#92;", out);
		else
			fputc(*s, out);
	}
}

/* Within quotes of the language; graphviz reads entities there, too. */
static void put_quoted(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			fputs("&amp;", out);
		else if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else
			fputc(*s, out);
	}
}

static double share(double part, double whole)
{
	return whole > 0 && part > 0 ? MIN(part / whole, 1.0) : 0;
}

static double total_of(const struct graph *g, size_t moment)
{
	return g->moments[moment].total.value;
}

/* The largest part of the total at any moment. */
static double most_of(const struct graph *g, const struct estimate *e)
{
	double most = 0;

	for (size_t k = 0; k < g->nr_moments; k++)
		most = MAX(most, share(e[k].value, total_of(g, k)));
	return most;
}

/* Between two colours of 0xrrggbb. */
static unsigned mix(unsigned from, unsigned to, double part)
{
	unsigned mixed = 0;

	for (unsigned shift = 0; shift < 24; shift += 8) {
		double a = from >> shift & 0xff, b = to >> shift & 0xff;

		mixed |= (unsigned)(a + (b - a) * part + 0.5) << shift;
	}
	return mixed;
}

/* Ever darker: white, orange, a red that white text can be read on. */
static unsigned color_of(double part)
{
	return part < 0.5 ? mix(0xffffff, 0xfdae6b, 2 * part)
			  : mix(0xfdae6b, 0xb03a00, 2 * part - 1);
}

static void put_figures(const struct dot *d, const char *key,
			const struct estimate *e)
{
	fprintf(d->out, ", %s=\"", key);
	for (size_t k = 0; k < d->g->nr_moments; k++)
		fprintf(d->out, k ? ",%.17g" : "%.17g", e[k].value);
	fputc('"', d->out);
}

/* "file.c:12"; the tooltip has the whole path. */
static void brief_where(char *out, const struct place *p)
{
	const char *slash = strrchr(p->file, '/');
	struct place brief = *p;

	brief.file = slash ? slash + 1 : p->file;
	name_where(out, &brief, WHERE_COLUMNS, true);
}

static void put_place(const struct dot *d, const struct place *p, double size)
{
	char name[NAME_BYTES];

	fprintf(d->out,
		"<tr><td colspan=\"%zu\" bgcolor=\"white\" align=\"left\">",
		d->g->nr_moments);
	name_place(name, p, NAME_COLUMNS, true);
	put_escaped(d->out, name);
	if (p->kind == PLACE_LINE && p->function && p->file) {
		brief_where(name, p);
		fprintf(d->out, " <font point-size=\"%.0f\" color=\"#555555\">",
			0.8 * size);
		put_escaped(d->out, name);
		fputs("</font>", d->out);
	}
	fputs("</td></tr>", d->out);
}

static void put_places(const struct dot *d, const struct graph_node *n,
		       double size)
{
	size_t left_out =
		n->nr_places > PLACES_MAX ? n->nr_places - (PLACES_MAX - 1) : 0;
	size_t from = PLACES_MAX / 2;

	for (size_t i = 0; i < n->nr_places; i++) {
		if (left_out && i == from) {
			fprintf(d->out,
				"<tr><td colspan=\"%zu\" bgcolor=\"white\">"
				"<font point-size=\"%.0f\" color=\"#555555\">"
				"%zu more</font></td></tr>",
				d->g->nr_moments, 0.8 * size, left_out);
			i += left_out;
		}
		put_place(d, &n->places[i], size);
	}
}

/* A figure may have "±>100%" in it. */
static void put_figure(const struct dot *d, struct estimate e)
{
	char figure[NUMBER_MAX];

	put_escaped(d->out, number_estimate(figure, e, d->g->unit, true));
}

/* What of @cumulative the node has itself. */
static void put_local(const struct dot *d, const struct estimate *local,
		      const struct estimate *cumulative, double total,
		      double size)
{
	char percent[NUMBER_MAX];

	fprintf(d->out, "<br/><font point-size=\"%.0f\">", size);
	if (local->value >= cumulative->value * (1 - 1e-9)) {
		fputs("all itself", d->out);
	} else {
		fputs("itself ", d->out);
		put_figure(d, *local);
		fputs(", ", d->out);
		put_escaped(d->out, number_share(percent, local->value, total));
	}
	fputs("</font>", d->out);
}

/* What a node has at one moment, and of that itself. */
static void put_cell(const struct dot *d, const struct graph_node *n, size_t k,
		     double size)
{
	double total = total_of(d->g, k), part;
	char percent[NUMBER_MAX];

	part = share(n->cumulative[k].value, total);
	number_share(percent, n->cumulative[k].value, total);
	fprintf(d->out, "<td bgcolor=\"#%06x\"><font color=\"%s\">",
		color_of(part), part > 0.85 ? "white" : "black");
	put_figure(d, n->cumulative[k]);
	fputs("<br/>", d->out);
	put_escaped(d->out, percent);
	if (n->local[k].value > 0)
		put_local(d, &n->local[k], &n->cumulative[k], total,
			  0.8 * size);
	fputs("</font></td>", d->out);
}

/* All places, and what was left out on the way in and out. */
static void put_tooltip(const struct dot *d, const struct graph_node *n)
{
	char name[NAME_BYTES], figure[NUMBER_MAX];

	fputs(", tooltip=\"", d->out);
	for (size_t i = 0; i < n->nr_places; i++) {
		name_place(name, &n->places[i], NAME_BYTES, true);
		put_quoted(d->out, name);
		if (*name && name_where(name, &n->places[i], NAME_BYTES, true))
			fputs("  ", d->out);
		put_quoted(d->out, name);
		fputs("\\n", d->out);
	}
	for (size_t k = 0; k < d->g->nr_moments; k++) {
		if (n->dropped_in[k].value > 0)
			fprintf(d->out, "from callers left out: %s\\n",
				number_estimate(figure, n->dropped_in[k],
						d->g->unit, true));
		if (n->dropped_out[k].value > 0)
			fprintf(d->out, "to callees left out: %s\\n",
				number_estimate(figure, n->dropped_out[k],
						d->g->unit, true));
	}
	fputc('"', d->out);
}

static void put_node(const struct dot *d, size_t index)
{
	const struct graph_node *n = &d->g->nodes[index];
	double local = d->g->scale ? most_of(d->g, n->local) : 0;
	double size = SIZE_LEAST + SIZE_MORE * sqrt(local);

	fprintf(d->out,
		"\tn%zu [fontsize=%.1f, label=<<table border=\"0\" "
		"cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\" "
		"color=\"#777777\">",
		index, size);
	put_places(d, n, size);
	fputs("<tr>", d->out);
	for (size_t k = 0; k < d->g->nr_moments; k++)
		put_cell(d, n, k, size);
	fputs("</tr></table>>", d->out);
	put_tooltip(d, n);
	put_figures(d, "local", n->local);
	put_figures(d, "cumulative", n->cumulative);
	put_figures(d, "entry", n->entry);
	put_figures(d, "dropped_in", n->dropped_in);
	put_figures(d, "dropped_out", n->dropped_out);
	fputs("];\n", d->out);
}

/* From grey to black as the part of the total goes from 0 to a half. */
static void put_edge(const struct dot *d, const struct estimate *flow)
{
	double part = most_of(d->g, flow), dark = MIN(2 * part, 1.0);
	char figure[NUMBER_MAX];

	fputs(" [label=\"", d->out);
	for (size_t k = 0; k < d->g->nr_moments; k++)
		fprintf(d->out, "%s%s", k ? " / " : "  ",
			number_estimate(figure, flow[k], d->g->unit, true));
	fprintf(d->out,
		"  \", color=\"#%06x\", penwidth=%.2f, class=\"w%u\", "
		"weight=%u",
		mix(0xb4b4b4, 0x000000, dark), 0.8 + 4 * part,
		MIN((unsigned)(dark * 5), 4u), 1 + (unsigned)(9 * part));
	put_figures(d, "flow", flow);
	fputs("];\n", d->out);
}

static size_t count_entries(const struct graph *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->nr_nodes; i++)
		n += most_of(g, g->nodes[i].entry) > 0;
	return n;
}

/* Where stacks begin in several places, they have a beginning in common. */
static void put_start(const struct dot *d)
{
	if (count_entries(d->g) < 2)
		return;
	fputs("\tstart [shape=box, style=\"rounded,filled\", "
	      "fillcolor=\"white\", color=\"#777777\", margin=\"0.1,0.05\", "
	      "fontsize=11, label=\"program start\", tooltip=\"where stacks "
	      "begin\"];\n",
	      d->out);
	for (size_t i = 0; i < d->g->nr_nodes; i++)
		if (most_of(d->g, d->g->nodes[i].entry) > 0) {
			fprintf(d->out, "\tstart -> n%zu", i);
			put_edge(d, d->g->nodes[i].entry);
		}
}

/* "151 MiB at 1.79 s"; of another profile with its process. */
static void put_moment(const struct dot *d, const struct moment *m)
{
	char figure[NUMBER_MAX], from[NUMBER_MAX], to[NUMBER_MAX];

	fputs(number_estimate(figure, m->total, d->g->unit, true), d->out);
	number_time(to, m->period.to_ns);
	if (m->period.instant)
		fprintf(d->out, " at %s", to);
	else
		fprintf(d->out, " from %s to %s",
			number_time(from, m->period.from_ns), to);
	if (m->base)
		fprintf(d->out, " (pid %u)", m->base->pid);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* A figure for each moment, unless all are 0. */
static void put_rest(const struct dot *d, const struct estimate *e,
		     const char *what)
{
	char figure[NUMBER_MAX];

	if (most_of(d->g, e) <= 0)
		return;
	fprintf(d->out, "%s: ", what);
	for (size_t k = 0; k < d->g->nr_moments; k++)
		fprintf(d->out, "%s%s", k ? " | " : "",
			number_estimate(figure, e[k], d->g->unit, true));
	fputs("\\l", d->out);
}

static void put_left_out(const struct dot *d)
{
	const struct graph *g = d->g;

	if (g->nr_dropped_nodes)
		fprintf(d->out,
			"left out: %zu place%s below %.3g%% of the total\\l",
			g->nr_dropped_nodes, plural(g->nr_dropped_nodes),
			100 * g->min_node);
	if (g->nr_dropped_edges)
		fprintf(d->out,
			"left out: %zu call%s below %.3g%% of what either end "
			"has\\l",
			g->nr_dropped_edges, plural(g->nr_dropped_edges),
			100 * g->min_edge);
	put_rest(d, g->folded, "in no place, by --precision");
	put_rest(d, g->hidden, "hidden by --focus and --ignore");
}

/* What it shows, of what, and what is left out. */
static void put_title(const struct dot *d)
{
	const struct basis *b = d->basis;
	char text[NAME_BYTES];
	size_t used = 0;

	fputs("label=\"", d->out);
	for (size_t i = 0; b->argv && b->argv[i] && used < 80; i++) {
		used += name_text(text, b->argv[i], 80 - used, true) + 1;
		put_quoted(d->out, text);
		fputc(' ', d->out);
	}
	fprintf(d->out, "\\l%s: ", d->g->metric);
	for (size_t k = 0; k < d->g->nr_moments; k++) {
		fputs(k ? " | " : "", d->out);
		put_moment(d, &d->g->moments[k]);
	}
	fputs("\\l", d->out);
	put_left_out(d);
	fputc('"', d->out);
}

int dot_graph(const struct target *t, const struct result *r)
{
	const struct dot d = {t->out, &r->graph, &r->basis};

	fputs("digraph heapprof {\n\tgraph [", t->out);
	put_title(&d);
	fputs(", labelloc=t, labeljust=l, fontname=\"" FONT "\", fontsize=12, "
	      "nodesep=0.3, ranksep=0.4, bgcolor=\"white\"];\n"
	      "\tnode [shape=none, margin=0, fontname=\"" FONT "\"];\n"
	      "\tedge [fontname=\"" FONT "\", fontsize=10, arrowsize=0.7];\n",
	      t->out);
	for (size_t i = 0; i < d.g->nr_nodes; i++)
		put_node(&d, i);
	put_start(&d);
	for (size_t i = 0; i < d.g->nr_edges; i++) {
		const struct graph_edge *e = &d.g->edges[i];

		fprintf(t->out, "\tn%zu -> n%zu", e->from, e->to);
		put_edge(&d, e->flow);
	}
	fputs("}\n", t->out);
	return 0;
}
