/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

/*
 * A paragraph for each node: who calls it, the node, whom it calls.  Figures
 * are in a column for each moment, the largest first; nodes have numbers.
 */

#define FIGURE 11u   /* columns of a figure */
#define ESTIMATE 16u /* of one with its error */
#define SHARE 8u
#define NUMBER 6u /* "[12]" */
#define WHERE 18u
#define NAME 40u /* columns that names have at least, but for figures alone */

struct sheet {
	const struct target *t;
	const struct graph *g;
	bool errors, shares; /* those that there is room for */
};

static size_t figures_width(const struct sheet *s)
{
	return s->g->nr_moments *
	       ((s->errors ? ESTIMATE : FIGURE) + (s->shares ? SHARE : 0));
}

static bool has_errors(const struct graph *g)
{
	for (size_t i = 0; i < g->nr_nodes; i++)
		for (size_t k = 0; k < g->nr_moments; k++)
			if (g->nodes[i].cumulative[k].error != 0)
				return true;
	return false;
}

/* Rather no shares than no errors. */
static void choose_columns(struct sheet *s)
{
	s->errors = has_errors(s->g);
	s->shares = true;
	if (NUMBER + figures_width(s) + NAME > s->t->width)
		s->shares = false;
	if (NUMBER + figures_width(s) + NAME > s->t->width)
		s->errors = false;
}

static void put_figures(const struct sheet *s, const struct estimate *e,
			bool shares)
{
	char text[NUMBER_MAX];

	for (size_t k = 0; k < s->g->nr_moments; k++) {
		struct estimate figure = e[k];

		if (!s->errors)
			figure.error = 0;
		number_estimate(text, figure, s->g->unit, s->t->utf8);
		text_right(s->t, text, s->errors ? ESTIMATE : FIGURE);
		if (!s->shares)
			continue;
		number_share(text, e[k].value, s->g->moments[k].total.value);
		text_right(s->t, shares ? text : "", SHARE);
	}
}

static size_t columns_left(const struct sheet *s, size_t used)
{
	used += figures_width(s);
	return s->t->width > used + 2 * WHERE ? s->t->width - used : 2 * WHERE;
}

/* "name  file.c:12" in @width columns. */
static void put_place(const struct sheet *s, const struct place *p,
		      size_t width)
{
	char name[NAME_BYTES], where[NAME_BYTES];
	size_t n = 0;

	if (p->kind == PLACE_LINE && p->function)
		n = name_where(where, p, MAX(width / 2, WHERE) - 2, s->t->utf8);
	name_place(name, p, width - (n ? n + 2 : 0), s->t->utf8);
	fputs(name, s->t->out);
	if (n)
		fprintf(s->t->out, "  %s%s%s", text_begin(s->t, TEXT_DIM),
			where, text_end(s->t, TEXT_DIM));
}

static bool is_zero(const struct sheet *s, const struct estimate *e)
{
	for (size_t k = 0; k < s->g->nr_moments; k++)
		if (e[k].value != 0)
			return false;
	return true;
}

/* A call, from or to @node, or what there is instead of one. */
static void put_call(const struct sheet *s, bool from,
		     const struct estimate *flow, size_t node, const char *what)
{
	const char *arrow =
		s->t->utf8 ? (from ? "← " : "→ ") : (from ? "<- " : "-> ");
	const struct graph_node *n = &s->g->nodes[node];
	char number[NUMBER_MAX];

	if (is_zero(s, flow))
		return;
	fprintf(s->t->out, "%*s", (int)NUMBER, "");
	put_figures(s, flow, false);
	fprintf(s->t->out, "  %s", arrow);
	if (what) {
		fprintf(s->t->out, "(%s)\n", what);
		return;
	}
	snprintf(number, sizeof(number), "[%zu] ", node + 1);
	fputs(number, s->t->out);
	put_place(s, &n->places[from ? n->nr_places - 1 : 0],
		  columns_left(s, NUMBER + 2 + name_width(arrow) +
					  strlen(number)));
	fputc('\n', s->t->out);
}

/* The places of the chain, each on its line, the figures with the first. */
static void put_head(const struct sheet *s, size_t index)
{
	const struct graph_node *n = &s->g->nodes[index];
	const struct target *t = s->t;
	size_t indent = t->width - columns_left(s, NUMBER + 2);
	char number[NUMBER_MAX];

	snprintf(number, sizeof(number), "[%zu]", index + 1);
	fprintf(t->out, "%s%-*s", text_begin(t, TEXT_BOLD), (int)NUMBER,
		number);
	put_figures(s, n->cumulative, true);
	for (size_t i = 0; i < n->nr_places; i++) {
		fprintf(t->out, "%*s", i ? (int)indent : 2, "");
		put_place(s, &n->places[i], columns_left(s, NUMBER + 2));
		fprintf(t->out, "%s\n", i ? "" : text_end(t, TEXT_BOLD));
	}
	if (is_zero(s, n->local))
		return;
	fprintf(t->out, "%*s", (int)NUMBER, "");
	put_figures(s, n->local, true);
	fputs("  itself\n", t->out);
}

static void put_node(const struct sheet *s, size_t index)
{
	const struct graph_node *n = &s->g->nodes[index];
	const struct graph *g = s->g;

	fputc('\n', s->t->out);
	put_call(s, true, n->entry, index, "stacks begin here");
	for (size_t i = 0; i < g->nr_edges; i++)
		if (g->edges[i].to == index)
			put_call(s, true, g->edges[i].flow, g->edges[i].from,
				 NULL);
	put_call(s, true, n->dropped_in, index, "callers left out");
	put_head(s, index);
	for (size_t i = 0; i < g->nr_edges; i++)
		if (g->edges[i].from == index)
			put_call(s, false, g->edges[i].flow, g->edges[i].to,
				 NULL);
	put_call(s, false, n->dropped_out, index, "callees left out");
}

static void put_rest(const struct sheet *s, const struct estimate *e,
		     const char *what)
{
	if (is_zero(s, e))
		return;
	fprintf(s->t->out, "%*s", (int)NUMBER, "");
	put_figures(s, e, true);
	fprintf(s->t->out, "  (%s)\n", what);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_title(const struct sheet *s, const struct basis *b)
{
	const struct graph *g = s->g;
	const struct target *t = s->t;
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%s%s%s, %s:", text_begin(t, TEXT_BOLD), g->title,
		text_end(t, TEXT_BOLD), g->metric);
	for (size_t k = 0; k < g->nr_moments; k++) {
		fprintf(t->out, "%s%s", k ? ", " : " ",
			number_estimate(text, g->moments[k].total, g->unit,
					t->utf8));
		text_period(t, g->moments[k].period, b);
	}
	fputc('\n', t->out);
	if (g->nr_dropped_nodes)
		fprintf(t->out,
			"  left out: %zu place%s below %.3g%% of that\n",
			g->nr_dropped_nodes, plural(g->nr_dropped_nodes),
			100 * g->min_node);
	if (g->nr_dropped_edges)
		fprintf(t->out,
			"  left out: %zu call%s below %.3g%% of what either "
			"end has\n",
			g->nr_dropped_edges, plural(g->nr_dropped_edges),
			100 * g->min_edge);
}

int text_graph(const struct target *t, const struct result *r)
{
	struct sheet s = {.t = t, .g = &r->graph};

	choose_columns(&s);
	if (s.g->moments[0].base) {
		text_command(t, s.g->moments[0].base);
		text_basis(t, s.g->moments[0].base);
	}
	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	put_title(&s, &r->basis);
	for (size_t i = 0; i < s.g->nr_nodes; i++)
		put_node(&s, i);
	if (!is_zero(&s, s.g->folded) || !is_zero(&s, s.g->hidden))
		fputc('\n', t->out);
	put_rest(&s, s.g->folded, "small stacks, by --precision");
	put_rest(&s, s.g->hidden, "hidden by --focus and --ignore");
	return 0;
}
