/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "render.h"

#include "number.h"

/*
 * Columns of figures, in tables and trees: first all are measured, then all are
 * written, each as wide as the widest, the errors below one another.
 */

#define TEXT_CELLS_MAX 8u

struct text_cell {
	char title[NUMBER_MAX];
	enum unit unit;
	bool change;	     /* figures have a sign */
	size_t value, error; /* columns of the widest; 0: there is no error */
};

struct text_cells {
	size_t nr;
	bool brief; /* "12.4M", not "12.4 MiB" */
	struct text_cell of[TEXT_CELLS_MAX];
};

/* One more column; it is for the caller that there is room for it. */
void text_cells_add(struct text_cells *c, const char *title, enum unit unit,
		    bool change);

/* Makes column @i wide enough for @e. */
void text_cells_fit(struct text_cells *c, const struct target *t, size_t i,
		    struct estimate e);

/* Of all columns, with the two spaces before each. */
size_t text_cells_width(const struct text_cells *c);

void text_cells_put(const struct text_cells *c, const struct target *t,
		    size_t i, struct estimate e);

/* Nothing, in columns @from and after. */
void text_cells_skip(const struct text_cells *c, const struct target *t,
		     size_t from);

void text_cells_titles(const struct text_cells *c, const struct target *t);
