/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Text for people: a terminal, or less.  Two spaces of margin, no line wider
 * than the target but where a single figure would not fit.  Colour repeats what
 * the words say.
 */

int text_table(const struct target *t, const struct result *r);
int text_tree(const struct target *t, const struct result *r);
int text_flame(const struct target *t, const struct result *r);
int text_graph(const struct target *t, const struct result *r);
int text_series(const struct target *t, const struct result *r);
int text_page(const struct target *t, const struct result *r);
int text_spread(const struct target *t, const struct result *r);
int text_stream(const struct target *t, const struct result *r);

/* Parts of them, one file each. */

enum text_style {
	TEXT_PLAIN,
	TEXT_BOLD,
	TEXT_DIM,
	TEXT_SHARE,
	TEXT_WARN,
	TEXT_MORE, /* it has grown */
	TEXT_LESS,
};

/* The sequence that begins @style, and the one that ends it; "" in one colour.
 */
const char *text_begin(const struct target *t, enum text_style style);
const char *text_end(const struct target *t, enum text_style style);

void text_spaces(const struct target *t, size_t n);

/* At the right of @width columns. */
void text_right(const struct target *t, const char *text, size_t width);

/*
 * Lines all in grey.  What is written to the target that text_grey() returns,
 * which has no other colours, is on @t after text_grey_end().
 */
struct grey {
	struct target target;
	char *text;
	size_t size;
};

const struct target *text_grey(struct grey *g, const struct target *t);
void text_grey_end(struct grey *g, const struct target *t);

/* What ran, in a line. */
void text_command(const struct target *t, const struct basis *b);

/* How long it ran, how it was sampled, what was seen and lost. */
void text_run(const struct target *t, const struct basis *b);

/* What the figures rest on, in a line. */
void text_basis(const struct target *t, const struct basis *b);

/* "lost: ..." lines; nothing where nothing was. */
void text_losses(const struct target *t, const struct basis *b);

/* True, and said, if the program's own malloc hid everything. */
bool text_foreign(const struct target *t, const struct basis *b);

/* The figures of a table or tree, in words: " at 8.2 s". */
void text_period(const struct target *t, struct period p,
		 const struct basis *b);

/* Tables, each with its title; they have the same columns. */
void text_tables(const struct target *t, const struct table *tables, size_t n,
		 const struct basis *b);

/* What places of a kind are: "function". */
const char *text_kind(enum place_kind kind);

/* Which way a change went, in a column; nothing where it may be chance. */
void text_mark(const struct target *t, struct estimate change);

/* Of a row that compares: that, and by how much, in 8 columns. */
void text_change(const struct target *t, struct estimate change, double before,
		 double after);

/* The profile that this one is compared with; nothing where it is NULL. */
void text_compared_with(const struct target *t, const struct basis *base);

/* What is compared. */
struct comparison {
	const char *title;
	enum unit unit;
	struct estimate change; /* of the total */
	const struct moment *moments;
	size_t nr_moments;
};

/* That, in two lines. */
void text_change_title(const struct target *t, const struct comparison *c,
		       const struct basis *b);

/* The heap over time. */
void text_plot(const struct target *t, const struct series *s);
