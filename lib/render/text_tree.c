/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

/*
 * Two columns a level.  Deeper than half of the room for names, the lines start
 * with the depth instead, so that there is always room for a name.
 */

#define SHARE 6

struct layout {
	const struct target *t;
	const struct tree *tree;
	size_t value, error; /* widths */
	size_t name;	     /* indentation and name */
	size_t where;
	size_t deepest; /* levels that are drawn */
	bool *open;	/* levels with a line still to come below */
};

static void measure(struct layout *l)
{
	const struct tree *tree = l->tree;
	char text[NAME_BYTES];
	size_t room, where = 0;

	for (size_t i = 0; i < tree->nr_nodes; i++) {
		const struct tree_node *n = &tree->nodes[i];

		number_value(text, n->cumulative.at[0].value, tree->unit);
		l->value = MAX(l->value, name_width(text));
		number_error(text, n->cumulative.at[0], l->t->utf8);
		l->error = MAX(l->error, name_width(text) + !!*text);
		if (!n->nr_pruned)
			where = MAX(where, name_where(text, &n->place,
						      l->t->width, l->t->utf8));
	}
	room = 2 + SHARE + 2 + l->value + l->error + 2 + 2;
	room = l->t->width > room + 16 ? l->t->width - room : 16;
	l->where = MIN(where, room * 2 / 5);
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

static void put_figures(const struct layout *l, struct estimate e)
{
	const struct target *t = l->t;
	char text[NUMBER_MAX];

	fprintf(t->out, "  %s%*s%s", text_begin(t, TEXT_SHARE), SHARE,
		number_share(text, e.value, l->tree->moments->total.value),
		text_end(t, TEXT_SHARE));
	fprintf(t->out, "  %*s", (int)l->value,
		number_value(text, e.value, l->tree->unit));
	number_error(text, e, t->utf8);
	fprintf(t->out, "%s%s%s%*s  ", text_begin(t, TEXT_DIM),
		*text ? " " : "", text,
		(int)(l->error - name_width(text) - !!*text), "");
	fputs(text_end(t, TEXT_DIM), t->out);
}

static void put_plain_node(const struct layout *l, const struct tree_node *n)
{
	const struct target *t = l->t;
	size_t indent = MIN(n->depth, l->deepest) * 2, used;
	char text[NAME_BYTES];

	put_figures(l, n->cumulative.at[0]);
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
	if (l->tree->folded.at[0].value != 0) {
		put_figures(l, l->tree->folded.at[0]);
		fprintf(l->t->out, "(small ones, by --precision %g)\n",
			b->precision);
	}
	if (l->tree->hidden.at[0].value != 0) {
		put_figures(l, l->tree->hidden.at[0]);
		fputs("(left out by --focus and --ignore)\n", l->t->out);
	}
}

/* Do names need less than there is?  Then the places move closer. */
static void narrow(struct layout *l)
{
	char text[NAME_BYTES];
	size_t widest = 0;

	for (size_t i = 0; i < l->tree->nr_nodes; i++) {
		const struct tree_node *n = &l->tree->nodes[i];
		size_t indent = MIN(n->depth, l->deepest) * 2;

		if (n->nr_pruned)
			continue;
		widest = MAX(widest,
			     indent + name_place(text, &n->place,
						 l->name - indent, l->t->utf8));
	}
	l->name = MIN(l->name, widest);
}

int text_tree(const struct target *t, const struct result *r)
{
	const struct tree *tree = &r->tree;
	struct layout l = {.t = t, .tree = tree};
	char text[NUMBER_MAX];

	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	fprintf(t->out, "\n%s%s%s: %s %s", text_begin(t, TEXT_BOLD),
		tree->title, text_end(t, TEXT_BOLD),
		number_estimate(text, tree->moments->total, tree->unit,
				t->utf8),
		tree->metric);
	text_period(t, tree->moments->period, &r->basis);
	fputs(tree->moments->total.value == 0 ? ": nothing\n" : "\n", t->out);
	measure(&l);
	narrow(&l);
	l.open = calloc(l.deepest + 1, sizeof(*l.open));
	for (size_t i = 0; l.open && i < tree->nr_nodes; i++)
		put_node(&l, &tree->nodes[i]);
	put_rest(&l, &r->basis);
	free(l.open);
	return 0;
}
