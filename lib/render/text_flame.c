/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

/*
 * The root on top, and below each node what it calls, as wide as it weighs.  A
 * node narrower than two columns is not drawn, and nor is what it calls.
 */

#define CELL 2u /* columns of a node at least, the bar at its left included */
#define NAME 4u /* columns that a name has at least */
#define FIGURE 14u /* columns that a name leaves to a figure */

struct icicle {
	const struct target *t;
	const struct flame_graph *f;
	size_t at; /* columns that the row at hand has */
};

static size_t column(const struct icicle *i, double x)
{
	double whole = i->f->nodes[0].width;

	return whole > 0 ? (size_t)(x / whole * (double)i->t->width + 0.5) : 0;
}

static size_t start_of(const struct icicle *i, const struct flame_node *n)
{
	return column(i, n->start);
}

static size_t end_of(const struct icicle *i, const struct flame_node *n)
{
	return column(i, n->start + n->width);
}

static bool is_drawn(const struct icicle *i, const struct flame_node *n)
{
	return end_of(i, n) >= start_of(i, n) + CELL;
}

/* "92.9%"; compared, "+12.3 MiB". */
static size_t put_figure(const struct icicle *i, const struct flame_node *n,
			 char *out)
{
	const struct flame_graph *f = i->f;
	double total = f->nodes[0].weights[0].value;

	if (f->nr_moments == 1) {
		number_share(out, n->weights[0].value, total);
	} else {
		*out = '+';
		number_value(out + (n->change.value >= 0), n->change.value,
			     f->unit);
	}
	return name_width(out);
}

static void put_name(const struct icicle *i, const struct flame_node *n,
		     char *out, size_t width)
{
	size_t used, where;

	if (n == i->f->nodes) {
		name_text(out, "all", width, i->t->utf8);
	} else if (n->folded) {
		name_text(out, "(other)", width, i->t->utf8);
	} else {
		used = name_place(out, &n->place, width, i->t->utf8);
		where = i->f->lines && width > used + 8 ? width - used - 1 : 0;
		if (!where)
			return;
		strcat(out, " ");
		name_where(out + strlen(out), &n->place, where, i->t->utf8);
	}
}

static enum text_style style_of(const struct icicle *i,
				const struct flame_node *n)
{
	if (i->f->nr_moments == 1 || !result_is_change(n->change))
		return TEXT_PLAIN;
	return n->change.value > 0 ? TEXT_MORE : TEXT_LESS;
}

static void put_bar(struct icicle *i)
{
	fprintf(i->t->out, "%s%s%s", text_begin(i->t, TEXT_DIM),
		i->t->utf8 ? "▏" : "|", text_end(i->t, TEXT_DIM));
	i->at++;
}

static void put_cell(struct icicle *i, const struct flame_node *n)
{
	size_t width = end_of(i, n) - start_of(i, n) - 1, used;
	char name[2 * NAME_BYTES], figure[NUMBER_MAX];
	enum text_style style = style_of(i, n);

	if (start_of(i, n) > i->at)
		fprintf(i->t->out, "%*s", (int)(start_of(i, n) - i->at), "");
	i->at = start_of(i, n);
	put_bar(i);
	*name = '\0';
	/* Of less nothing is left but the mark that it was cut. */
	if (width >= NAME)
		put_name(i, n, name,
			 width > 2 * FIGURE ? width - FIGURE : width);
	used = name_width(name);
	if (used && used + 1 + put_figure(i, n, figure) <= width) {
		strcat(name, " ");
		strcat(name, figure);
		used = name_width(name);
	}
	fprintf(i->t->out, "%s%s%s", text_begin(i->t, style), name,
		text_end(i->t, style));
	i->at += used;
}

/* A row; false: there is nothing in it. */
static bool put_row(struct icicle *i, uint32_t depth)
{
	const struct flame_graph *f = i->f;
	size_t end = 0;

	i->at = 0;
	for (size_t k = 0; k < f->nr_nodes; k++) {
		const struct flame_node *n = &f->nodes[k];

		if (n->depth != depth || !is_drawn(i, n))
			continue;
		/* The bar at the right of the last one, where it is not shared.
		 */
		if (end && end < start_of(i, n)) {
			fprintf(i->t->out, "%*s", (int)(end - i->at), "");
			i->at = end;
			put_bar(i);
		}
		put_cell(i, n);
		end = end_of(i, n);
	}
	if (end && end < i->t->width) {
		fprintf(i->t->out, "%*s", (int)(end - i->at), "");
		i->at = end;
		put_bar(i);
	}
	if (end)
		fputc('\n', i->t->out);
	return end > 0;
}

static void put_title(const struct icicle *i, const struct basis *b)
{
	const struct flame_graph *f = i->f;
	char text[NUMBER_MAX];

	fprintf(i->t->out, "\n%s%s%s, %s:", text_begin(i->t, TEXT_BOLD),
		f->inverted ? "Who allocates, and who called that"
			    : "Who called what allocates",
		text_end(i->t, TEXT_BOLD), f->metric);
	for (size_t k = 0; k < f->nr_moments; k++) {
		fprintf(i->t->out, "%s%s", k ? ", " : " ",
			number_estimate(text, f->moments[k].total, f->unit,
					i->t->utf8));
		text_period(i->t, f->moments[k].period, b);
	}
	fputc('\n', i->t->out);
	for (size_t k = 0; k < f->nr_moments; k++)
		if (f->hidden[k].value > 0)
			fprintf(i->t->out,
				"  %s hidden by --focus and --ignore\n",
				number_estimate(text, f->hidden[k], f->unit,
						i->t->utf8));
}

int text_flame(const struct target *t, const struct result *r)
{
	struct icicle i = {.t = t, .f = &r->flame};
	uint32_t depth = 0;

	if (i.f->moments[0].base) {
		text_command(t, i.f->moments[0].base);
		text_basis(t, i.f->moments[0].base);
	}
	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	put_title(&i, &r->basis);
	while (depth <= i.f->depth && put_row(&i, depth))
		depth++;
	return 0;
}
