/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"
#include "text_cells.h"

/*
 * A table is laid out in two steps: the figures take what they need, then the
 * names share the rest, the function before the place where it is.
 */

#define MARGIN 2u
#define SHARE 6u      /* "100.0%" */
#define BAR 10u	      /* columns of a bar of shares */
#define BAR_FROM 110u /* width from which there is one */
/* Columns that names have before those of figures go. */
#define NAMES_LEAST 76u	 /* before those of COLUMN_WIDE */
#define NAMES_MEDIUM 48u /* before those of COLUMN_MEDIUM */
#define VIA 5u		 /* " via " */
#define ARROW 2u	 /* before the name of a caller */
#define NAME_LEAST 24u	 /* before there are places, or long numbers */
#define WHERE_LEAST 16u

struct layout {
	const struct target *t;
	const struct table *tables; /* all that are laid out together */
	size_t nr_tables;
	const struct table *table;	/* the one at hand */
	size_t columns[TEXT_CELLS_MAX]; /* those that are shown */
	struct text_cells cells;
	size_t bar;	    /* width, 0: none */
	size_t name, where; /* widths */
};

static size_t figures_width(const struct layout *l)
{
	return MARGIN + SHARE + (l->bar ? l->bar + 1 : 0) +
	       text_cells_width(&l->cells) + 2;
}

static void fit_row(const struct layout *l, const struct row *row, size_t *name,
		    size_t *where)
{
	const struct target *t = l->t;
	char text[NAME_BYTES];
	size_t n = name_place(text, &row->place, t->width, t->utf8);

	if (row->via)
		n += VIA + name_bare(text, row->via, t->width, t->utf8);
	*name = MAX(*name, n);
	n = name_where(text, &row->place, t->width, t->utf8);
	*where = MAX(*where, n);
	for (size_t k = 0; k < row->nr_stack; k++) {
		n = name_place(text, &row->stack[k], t->width, t->utf8);
		*name = MAX(*name, ARROW + n);
		n = name_where(text, &row->stack[k], t->width, t->utf8);
		*where = MAX(*where, n);
	}
}

/* Columns of the longest name and place, as far as they will be shown. */
static void fit_names(const struct layout *l, size_t *name, size_t *where)
{
	*name = *where = 0;
	for (size_t i = 0; i < l->nr_tables; i++)
		for (size_t k = 0; k < l->tables[i].nr_rows; k++)
			fit_row(l, &l->tables[i].rows[k], name, where);
}

static void fit_table(struct layout *l, const struct table *table)
{
	for (size_t i = 0; i < l->cells.nr; i++)
		for (size_t k = 0; k < table->nr_rows; k++)
			text_cells_fit(&l->cells, l->t, i,
				       table->rows[k].cells[l->columns[i]]);
	for (size_t k = 0; k < REST_MAX && l->cells.nr; k++)
		if (table->rest[k].value != 0)
			text_cells_fit(&l->cells, l->t, 0, table->rest[k]);
}

/* Moments are named by their times. */
static void add_column(struct layout *l, size_t i)
{
	const struct table *table = l->table;
	const struct column *c = &table->columns[i];
	const char *title = c->title;
	char time[NUMBER_MAX];

	if (!title)
		title = number_time(time, table->moments[i - 1].period.to_ns);
	l->columns[l->cells.nr] = i;
	/* What compares begins with the change. */
	text_cells_add(&l->cells, title, c->unit, table->nr_moments && i == 0);
}

/* Of many moments, the last one is what the change is to. */
static bool has_room(const struct layout *l, size_t i)
{
	size_t kept = i < l->table->nr_moments ? 1 : 0;

	return l->cells.nr + kept < TEXT_CELLS_MAX;
}

static void choose_columns(struct layout *l, enum column_use least)
{
	const struct table *table = l->table;

	l->cells.nr = 0;
	for (size_t i = 0; i < table->nr_columns; i++)
		if (table->columns[i].use <= least && has_room(l, i))
			add_column(l, i);
	for (size_t i = 0; i < l->nr_tables; i++)
		fit_table(l, &l->tables[i]);
}

static size_t names_room(const struct layout *l)
{
	size_t used = figures_width(l);

	return l->t->width > used + 8 ? l->t->width - used : 8;
}

/* As many figures, and as long ones, as leave room for names. */
static void lay_out_figures(struct layout *l, size_t name)
{
	enum column_use use = COLUMN_WIDE;

	l->bar = l->t->width >= BAR_FROM && !l->table->nr_moments ? BAR : 0;
	choose_columns(l, use);
	if (names_room(l) < NAMES_LEAST)
		choose_columns(l, use = COLUMN_MEDIUM);
	if (names_room(l) < NAMES_MEDIUM)
		choose_columns(l, use = COLUMN_ALWAYS);
	if (names_room(l) >= MIN(name, NAME_LEAST))
		return;
	l->cells.brief = true;
	choose_columns(l, use);
}

static void lay_out(struct layout *l)
{
	size_t name, where, room;

	fit_names(l, &name, &where);
	lay_out_figures(l, name);
	room = names_room(l);
	if (!where ||
	    room < MIN(name, NAME_LEAST) + 2 + MIN(where, WHERE_LEAST)) {
		l->name = MIN(name, room);
		return;
	}
	room -= 2;
	l->where = MIN(where, MAX(WHERE_LEAST, room * 2 / 5));
	l->where = MIN(l->where, room - MIN(name, NAME_LEAST));
	l->name = MIN(name, room - l->where);
	l->where = MIN(where, room - l->name);
}

/* @part of the width of a bar, to an eighth of a column. */
static void put_bar(const struct layout *l, double part)
{
	static const char *const eighths[] = {"",  "▏", "▎", "▍",
					      "▌", "▋", "▊", "▉"};
	const struct target *t = l->t;
	size_t n = (size_t)(MIN(part, 1.0) * (double)l->bar * 8 + 0.5);
	bool partly = t->utf8 && n % 8;

	fputc(' ', t->out);
	for (size_t i = 0; i < n / 8; i++)
		fputs(t->utf8 ? "█" : "=", t->out);
	fputs(partly ? eighths[n % 8] : "", t->out);
	text_spaces(t, l->bar - n / 8 - partly);
}

static void put_share(const struct layout *l, double value)
{
	const struct target *t = l->t;
	double whole = l->table->total.value;
	char text[NUMBER_MAX];

	text_spaces(t, MARGIN);
	fputs(text_begin(t, TEXT_SHARE), t->out);
	text_right(t, number_share(text, value, whole), SHARE);
	if (l->bar)
		put_bar(l, whole > 0 && value > 0 ? value / whole : 0);
	fputs(text_end(t, TEXT_SHARE), t->out);
}

/* Columns for the wrapper of @row; 0: neither name would be readable. */
static size_t via_width(const struct layout *l, const struct row *row,
			size_t name)
{
	size_t least, room;

	if (!row->via)
		return 0;
	least = name_least(&row->place, l->t->utf8) + VIA;
	room = l->name > least ? l->name - least : 0;
	least = name_least(row->via, l->t->utf8);
	if (room < least)
		return 0;
	/* More than that is what the function leaves, or a third. */
	name = l->name > name + VIA ? l->name - name - VIA : 0;
	name = MAX(name, l->name / 3);
	return MAX(least, MIN(name, room));
}

/* The function, and the wrapper by which it came to allocate. */
static size_t put_name(const struct layout *l, const struct row *row)
{
	const struct target *t = l->t;
	char name[NAME_BYTES], via[NAME_BYTES];
	size_t n = name_place(name, &row->place, l->name, t->utf8);
	size_t width = via_width(l, row, n), v;

	if (!width) {
		fputs(name, t->out);
		return n;
	}
	v = name_bare(via, row->via, width, t->utf8);
	n = name_place(name, &row->place, l->name - VIA - v, t->utf8);
	fprintf(t->out, "%s%s via %s%s", name, text_begin(t, TEXT_DIM), via,
		text_end(t, TEXT_DIM));
	return n + VIA + v;
}

static void put_where(const struct layout *l, const struct place *place,
		      size_t used, size_t width)
{
	char where[NAME_BYTES];

	if (l->where && name_where(where, place, l->where, l->t->utf8)) {
		text_spaces(l->t, used < width ? width - used : 0);
		fprintf(l->t->out, "  %s%s%s", text_begin(l->t, TEXT_DIM),
			where, text_end(l->t, TEXT_DIM));
	}
	fputc('\n', l->t->out);
}

static void put_caller(const struct layout *l, const struct place *caller,
		       size_t indent)
{
	const struct target *t = l->t;
	const char *arrow = t->utf8 ? "← " : "< ";
	char name[NAME_BYTES];
	size_t n = name_place(name, caller,
			      l->name > ARROW ? l->name - ARROW : 1, t->utf8);

	text_spaces(t, indent);
	fprintf(t->out, "%s%s", arrow, name);
	put_where(l, caller, n + ARROW, l->name);
}

static void put_plain_row(const struct layout *l, const struct row *row)
{
	size_t indent = figures_width(l);
	size_t n;

	if (l->table->nr_moments)
		text_change(l->t, row->cells[0], row->cells[1].value,
			    row->cells[l->table->nr_moments].value);
	else
		put_share(l, row->cells[0].value);
	for (size_t i = 0; i < l->cells.nr; i++)
		text_cells_put(&l->cells, l->t, i, row->cells[l->columns[i]]);
	text_spaces(l->t, 2);
	n = put_name(l, row);
	put_where(l, &row->place, n, l->name);
	for (size_t i = 0; i < row->nr_stack; i++)
		put_caller(l, &row->stack[i], indent);
	if (row->nr_more) {
		text_spaces(l->t, indent);
		fprintf(l->t->out, "%s %zu more\n", l->t->utf8 ? "←" : "<",
			row->nr_more);
	}
}

static void put_row(const struct layout *l, const struct row *row)
{
	struct grey g;
	struct layout grey = *l;

	if (!row->uncertain) {
		put_plain_row(l, row);
		return;
	}
	grey.t = text_grey(&g, l->t);
	put_plain_row(&grey, row);
	text_grey_end(&g, l->t);
}

static void put_titles(const struct layout *l)
{
	const struct target *t = l->t;
	enum place_kind kind = l->table->rows[0].place.kind;

	fputs(text_begin(t, TEXT_DIM), t->out);
	text_spaces(t, MARGIN);
	text_right(t, l->table->nr_moments ? "" : "share", SHARE);
	text_spaces(t, l->bar ? l->bar + 1 : 0);
	text_cells_titles(&l->cells, t);
	fprintf(t->out, "  %s%s\n", text_kind(kind), text_end(t, TEXT_DIM));
}

static void put_rest(const struct layout *l, const struct basis *b)
{
	const struct table *table = l->table;
	char number[NUMBER_MAX];

	for (size_t k = 0; k < REST_MAX; k++) {
		if (table->rest[k].value == 0)
			continue;
		if (table->nr_moments)
			text_spaces(l->t, MARGIN + SHARE);
		else
			put_share(l, table->rest[k].value);
		text_cells_put(&l->cells, l->t, 0, table->rest[k]);
		text_cells_skip(&l->cells, l->t, 1);
		text_spaces(l->t, 2);
		if (k == REST_ROWS || k == REST_UNCERTAIN)
			fprintf(l->t->out, "(%s more%s)\n",
				number_exact(number, table->nr_rest[k]),
				k == REST_ROWS ? "" : ", too uncertain");
		else if (k == REST_FOLDED)
			fprintf(l->t->out, "(small ones, by --precision %g)\n",
				b->precision);
		else
			fputs("(left out by --focus and --ignore)\n",
			      l->t->out);
	}
}

static void put_title(const struct target *t, const struct table *table,
		      const struct basis *b)
{
	enum unit unit = table->columns[0].unit;
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%s%s%s: %s", text_begin(t, TEXT_BOLD), table->title,
		text_end(t, TEXT_BOLD),
		number_estimate(text, table->total, unit, t->utf8));
	if (unit == UNIT_BYTES)
		fprintf(t->out, " in %s %s%s",
			number_estimate(text, table->count, UNIT_COUNT,
					t->utf8),
			table->period.instant ? "block" : "allocation",
			table->count.value == 1 ? "" : "s");
	text_period(t, table->period, b);
	fputc('\n', t->out);
}

static void put_change_title(const struct target *t, const struct table *table,
			     const struct basis *b)
{
	struct comparison c = {
		.title = table->title,
		.unit = table->columns[0].unit,
		.change = table->total,
		.moments = table->moments,
		.nr_moments = table->nr_moments,
	};

	text_change_title(t, &c, b);
}

static void put_table(const struct layout *l, const struct basis *b)
{
	const struct target *t = l->t;
	const struct table *table = l->table;

	if (!table->nr_rows && table->total.value == 0 && !table->nr_moments) {
		fprintf(t->out, "\n%s%s%s: %s\n", text_begin(t, TEXT_BOLD),
			table->title, text_end(t, TEXT_BOLD), table->empty);
		return;
	}
	if (table->nr_moments)
		put_change_title(t, table, b);
	else
		put_title(t, table, b);
	if (table->nr_rows)
		put_titles(l);
	for (size_t i = 0; i < table->nr_rows; i++)
		put_row(l, &table->rows[i]);
	put_rest(l, b);
}

void text_tables(const struct target *t, const struct table *tables, size_t n,
		 const struct basis *b)
{
	struct layout l = {
		.t = t, .tables = tables, .nr_tables = n, .table = tables};

	if (!n)
		return;
	lay_out(&l);
	for (size_t i = 0; i < n; i++) {
		l.table = &tables[i];
		put_table(&l, b);
	}
}

int text_table(const struct target *t, const struct result *r)
{
	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (r->table.nr_moments)
		text_compared_with(t, r->table.moments[0].base);
	if (!text_foreign(t, &r->basis))
		for (const struct table *p = &r->table; p; p = p->next)
			text_tables(t, p, 1, &r->basis);
	return 0;
}
