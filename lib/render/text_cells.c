/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "text.h"
#include "text_cells.h"

static const char *write_value(const struct text_cells *c, char *out, size_t i,
			       double value)
{
	const struct text_cell *cell = &c->of[i];
	bool more = cell->change && value > 0;

	if (more)
		*out = '+';
	if (c->brief)
		number_brief(out + more, value, cell->unit);
	else
		number_value(out + more, value, cell->unit);
	return out;
}

void text_cells_add(struct text_cells *c, const char *title, enum unit unit,
		    bool change)
{
	struct text_cell *cell = &c->of[c->nr++];

	*cell = (struct text_cell){.unit = unit, .change = change};
	snprintf(cell->title, sizeof(cell->title), "%s", title);
}

void text_cells_fit(struct text_cells *c, const struct target *t, size_t i,
		    struct estimate e)
{
	struct text_cell *cell = &c->of[i];
	char text[NUMBER_MAX + 1];

	cell->value =
		MAX(cell->value, name_width(write_value(c, text, i, e.value)));
	number_error(text, e, t->utf8);
	cell->error = MAX(cell->error, name_width(text));
}

static size_t error_width(const struct text_cell *cell)
{
	return cell->error ? cell->error + 1 : 0;
}

static size_t cell_width(const struct text_cell *cell)
{
	return MAX(cell->value + error_width(cell), strlen(cell->title));
}

size_t text_cells_width(const struct text_cells *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr; i++)
		n += 2 + cell_width(&c->of[i]);
	return n;
}

void text_cells_put(const struct text_cells *c, const struct target *t,
		    size_t i, struct estimate e)
{
	const struct text_cell *cell = &c->of[i];
	char text[NUMBER_MAX + 1];

	text_right(t, write_value(c, text, i, e.value),
		   2 + cell_width(cell) - error_width(cell));
	if (!cell->error)
		return;
	number_error(text, e, t->utf8);
	fprintf(t->out, "%s %s", text_begin(t, TEXT_DIM), text);
	text_spaces(t, cell->error - name_width(text));
	fputs(text_end(t, TEXT_DIM), t->out);
}

void text_cells_skip(const struct text_cells *c, const struct target *t,
		     size_t from)
{
	for (size_t i = from; i < c->nr; i++)
		text_spaces(t, 2 + cell_width(&c->of[i]));
}

void text_cells_titles(const struct text_cells *c, const struct target *t)
{
	for (size_t i = 0; i < c->nr; i++) {
		const struct text_cell *cell = &c->of[i];
		size_t n = strlen(cell->title);
		/* Above the figure, not above its error. */
		size_t error = MIN(error_width(cell), cell_width(cell) - n);

		text_right(t, cell->title, 2 + cell_width(cell) - error);
		text_spaces(t, error);
	}
}
