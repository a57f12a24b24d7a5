/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "base.h"
#include "heapprof.h"

/*
 * What the user's terminal, locale and environment ask of the output.
 */

/* Columns: $COLUMNS, or the terminal's on stdout, or 80. */
unsigned terminal_width(void);

/* Is text UTF-8, by the locale? */
bool terminal_utf8(void);

/*
 * Colour on stdout?  @when is "always", "never" or "auto": if it is a terminal
 * and $NO_COLOR is empty.  False: @when is another word.
 */
bool terminal_color(const char *when, bool *color);

/* Draws the progress line, if stderr is a terminal. */
void terminal_progress(const struct heapprof_progress *p);

/* Erases the progress line, if there is one. */
void terminal_clear(void);
