/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "render.h"

/*
 * Pictures that stand on their own: no font or style from elsewhere, light or
 * dark as the reader has it.  Those of graphs are graphviz's.
 */
int svg_flame(const struct target *t, const struct result *r);
int svg_series(const struct target *t, const struct result *r);

/* Parts of them. ------------------------------------------------------------*/

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* The picture, @width by @height, and what ran as its title. */
void svg_begin(FILE *out, double width, double height, const struct basis *b);
void svg_end(FILE *out);

/* Text that may come from a profile. */
void svg_escape(FILE *out, const char *text);

/* @text at a place, in a class of the style sheet: "t", "b" bold, "d" dim. */
void svg_text(FILE *out, const char *class, double x, double y,
	      enum svg_anchor anchor, const char *text);

/* What ran, in one line of so many @columns. */
void svg_command(FILE *out, double x, double y, size_t columns,
		 const struct basis *b);

void svg_line(FILE *out, const char *class, double x1, double y1, double x2,
	      double y2);

/* The script of flame graphs, behind them. */
void svg_script(FILE *out);
