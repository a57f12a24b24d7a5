/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"
#include "text_cells.h"

/*
 * Two columns a level.  Deeper than half of the room for names, the lines start
 * with the depth instead, so that there is always room for a name.
 */

#define SHARE 8u /* columns before the figures: "  100.0%" */
#define MARK 1u	 /* or only which way a change went */
/* Columns for names and places; with less, figures are shorter, then fewer. */
#define NAMES 44u
#define NAMES_LEAST 32u

struct layout {
	const struct target *t;
	const struct tree *tree;
	bool compares;
	bool grown; /* each change also as a part of what there was */
	bool bare;  /* of what is compared only changes have errors */
	struct text_cells cells;
	size_t moments[TEXT_CELLS_MAX]; /* of columns but that of changes */
	size_t name;			/* width of indentation and name */
	size_t where, widest_where;
	size_t deepest; /* levels that are drawn */
	bool *open;	/* levels with a line still to come below */
};

/* Of column @i. */
static struct estimate choose(const struct layout *l,
			      const struct tree_figure *f, size_t i)
{
	struct estimate e = f->at[0];

	if (!l->compares)
		return e;
	if (i == 0)
		return f->change;
	e = f->at[l->moments[i]];
	if (l->bare)
		e.error = 0;
	return e;
}

static bool is_nothing(const struct layout *l, const struct tree_figure *f)
{
	for (size_t k = 0; k < l->tree->nr_moments; k++)
		if (f->at[k].value != 0)
			return false;
	return true;
}

static void fit_figure(struct layout *l, const struct tree_figure *f)
{
	if (is_nothing(l, f))
		return;
	for (size_t i = 0; i < l->cells.nr; i++)
		text_cells_fit(&l->cells, l->t, i, choose(l, f, i));
}

/* Two moments are named as in tables, more by their times. */
static void add_moments(struct layout *l)
{
	const struct tree *tree = l->tree;
	char time[NUMBER_MAX];

	text_cells_add(&l->cells, "change", tree->unit, true);
	for (size_t k = 0; k < tree->nr_moments; k++) {
		const char *title = k ? "after" : "before";

		/* The last one is what the change is to. */
		if (l->cells.nr + 1 == TEXT_CELLS_MAX &&
		    k + 1 < tree->nr_moments)
			continue;
		if (tree->nr_moments > 2)
			title = number_time(time,
					    tree->moments[k].period.to_ns);
		l->moments[l->cells.nr] = k;
		text_cells_add(&l->cells, title, tree->unit, false);
	}
}

static void fit_figures(struct layout *l)
{
	const struct tree *tree = l->tree;

	l->cells.nr = 0;
	if (l->compares)
		add_moments(l);
	else
		text_cells_add(&l->cells, "", tree->unit, false);
	for (size_t i = 0; i < tree->nr_nodes; i++)
		fit_figure(l, &tree->nodes[i].cumulative);
	fit_figure(l, &tree->folded);
	fit_figure(l, &tree->hidden);
}

static size_t lead_width(const struct layout *l)
{
	return l->compares && !l->grown ? MARK : SHARE;
}

/* Columns for names and places, the two between them included. */
static size_t names_room(const struct layout *l)
{
	size_t used = lead_width(l) + text_cells_width(&l->cells) + 2;

	return l->t->width > used ? l->t->width - used : 0;
}

/* What compares has many figures: shorter ones, then fewer. */
static void lay_out_figures(struct layout *l)
{
	l->grown = true;
	fit_figures(l);
	if (l->compares && names_room(l) < NAMES) {
		l->cells.brief = true;
		fit_figures(l);
		l->grown = names_room(l) >= NAMES;
	}
	if (l->compares && names_room(l) < NAMES_LEAST) {
		l->bare = true;
		fit_figures(l);
	}
}

static void measure(struct layout *l)
{
	const struct tree *tree = l->tree;
	char text[NAME_BYTES];
	size_t room;

	lay_out_figures(l);
	for (size_t i = 0; i < tree->nr_nodes; i++) {
		const struct tree_node *n = &tree->nodes[i];

		if (!n->nr_pruned)
			l->widest_where =
				MAX(l->widest_where,
				    name_where(text, &n->place, l->t->width,
					       l->t->utf8));
	}
	room = names_room(l);
	room = room > 2 + 16 ? room - 2 : 16;
	l->where = MIN(l->widest_where, l->compares ? room / 4 : room * 2 / 5);
	l->name = room - l->where;
	l->deepest = l->name / 4;
}

static void put_indent(const struct layout *l, const struct tree_node *n)
{
	const struct target *t = l->t;
	uint32_t depth = n->depth;

	if (depth > l->deepest) {
		fprintf(t->out, "%*s%4u ", (int)(l->deepest * 2 - 5), "",
			depth);
		return;
	}
	for (uint32_t i = 1; i < depth; i++)
		fputs(!l->open[i] ? "  " : t->utf8 ? "│ " : "| ", t->out);
	if (!depth)
		return;
	if (n->chained)
		fputs(!l->open[depth] ? "  " : t->utf8 ? "│ " : "| ", t->out);
	else if (n->last)
		fputs(t->utf8 ? "└ " : "` ", t->out);
	else
		fputs(t->utf8 ? "├ " : "|-", t->out);
}

static void put_figures(const struct layout *l, const struct tree_figure *f)
{
	const struct target *t = l->t;
	const struct tree *tree = l->tree;
	char text[NUMBER_MAX];

	if (!l->compares) {
		fputs(text_begin(t, TEXT_SHARE), t->out);
		number_share(text, f->at[0].value,
			     tree->moments[0].total.value);
		text_right(t, text, SHARE);
		fputs(text_end(t, TEXT_SHARE), t->out);
	} else if (l->grown) {
		text_change(t, f->change, f->at[0].value,
			    f->at[tree->nr_moments - 1].value);
	} else {
		text_mark(t, f->change);
	}
	for (size_t i = 0; i < l->cells.nr; i++)
		text_cells_put(&l->cells, t, i, choose(l, f, i));
	text_spaces(t, 2);
}

static void put_plain_node(const struct layout *l, const struct tree_node *n)
{
	const struct target *t = l->t;
	size_t indent = MIN(n->depth, l->deepest) * 2, used;
	char text[NAME_BYTES];

	put_figures(l, &n->cumulative);
	put_indent(l, n);
	if (n->depth <= l->deepest)
		l->open[n->depth] = !n->last;
	if (n->nr_pruned) {
		fprintf(t->out, "%s(%s more)%s\n", text_begin(t, TEXT_DIM),
			number_exact(text, n->nr_pruned),
			text_end(t, TEXT_DIM));
		return;
	}
	used = indent + name_place(text, &n->place, l->name - indent, t->utf8);
	fputs(text, t->out);
	if (name_where(text, &n->place, l->where, t->utf8))
		fprintf(t->out, "%*s  %s%s%s",
			(int)(l->name > used ? l->name - used : 0), "",
			text_begin(t, TEXT_DIM), text, text_end(t, TEXT_DIM));
	fputc('\n', t->out);
}

static void put_node(const struct layout *l, const struct tree_node *n)
{
	struct grey g;
	struct layout grey = *l;

	if (!n->uncertain) {
		put_plain_node(l, n);
		return;
	}
	grey.t = text_grey(&g, l->t);
	put_plain_node(&grey, n);
	text_grey_end(&g, l->t);
}

static void put_rest(const struct layout *l, const struct basis *b)
{
	if (!is_nothing(l, &l->tree->folded)) {
		put_figures(l, &l->tree->folded);
		fprintf(l->t->out, "(small ones, by --precision %g)\n",
			b->precision);
	}
	if (!is_nothing(l, &l->tree->hidden)) {
		put_figures(l, &l->tree->hidden);
		fputs("(left out by --focus and --ignore)\n", l->t->out);
	}
}

/* Do names need less than there is?  Then it is for the places. */
static void narrow(struct layout *l)
{
	char text[NAME_BYTES];
	size_t widest = 0, room;

	for (size_t i = 0; i < l->tree->nr_nodes; i++) {
		const struct tree_node *n = &l->tree->nodes[i];
		size_t indent = MIN(n->depth, l->deepest) * 2;

		if (n->nr_pruned)
			continue;
		widest = MAX(widest,
			     indent + name_place(text, &n->place,
						 l->name - indent, l->t->utf8));
	}
	room = l->name + l->where;
	l->name = MIN(l->name, widest);
	l->where = MIN(l->widest_where, room - l->name);
}

static void put_title(const struct layout *l, const struct basis *b)
{
	const struct tree *tree = l->tree;
	const struct moment *m = tree->moments;
	const struct target *t = l->t;
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%s%s%s: %s %s", text_begin(t, TEXT_BOLD),
		tree->title, text_end(t, TEXT_BOLD),
		number_estimate(text, m->total, tree->unit, t->utf8),
		tree->metric);
	text_period(t, m->period, b);
	fputs(m->total.value == 0 ? ": nothing\n" : "\n", t->out);
}

static void put_change_title(const struct layout *l, const struct basis *b)
{
	const struct tree *tree = l->tree;
	char title[NUMBER_MAX];
	struct comparison c = {
		.title = title,
		.unit = tree->unit,
		.change = tree->change,
		.moments = tree->moments,
		.nr_moments = tree->nr_moments,
	};

	snprintf(title, sizeof(title), "%s, %s", tree->title, tree->metric);
	text_change_title(l->t, &c, b);
}

static void put_column_titles(const struct layout *l)
{
	fputs(text_begin(l->t, TEXT_DIM), l->t->out);
	text_spaces(l->t, lead_width(l));
	text_cells_titles(&l->cells, l->t);
	fprintf(l->t->out, "  %s%s\n", text_kind(l->tree->nodes[0].place.kind),
		text_end(l->t, TEXT_DIM));
}

int text_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;
	struct layout l = {
		.t = t, .tree = tree, .compares = tree->nr_moments > 1};

	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	text_compared_with(t, tree->moments[0].base);
	if (text_foreign(t, &r->basis))
		return 0;
	(l.compares ? put_change_title : put_title)(&l, &r->basis);
	measure(&l);
	narrow(&l);
	if (l.compares && tree->nr_nodes)
		put_column_titles(&l);
	l.open = calloc(l.deepest + 1, sizeof(*l.open));
	for (size_t i = 0; l.open && i < tree->nr_nodes; i++)
		put_node(&l, &tree->nodes[i]);
	put_rest(&l, &r->basis);
	free(l.open);
	return 0;
}
