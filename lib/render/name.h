/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "query/result.h"

/*
 * Names, which come from files and can be anything: made printable and short
 * enough for a number of columns.
 *
 * Printable: bytes that are not UTF-8, and characters that move the cursor or
 * turn the direction of writing, become \xNN; without UTF-8, all but ASCII do.
 *
 * Short: of a function, the return type always goes; then, as need be, the
 * parameters, the template arguments from the innermost outward, the scopes
 * from the outermost inward; the rest is cut from the left, as the end tells
 * most.  Of a path, the folders go first.
 *
 * All write at most NAME_BYTES, the closing zero included, and return the
 * columns that it takes.
 */
#define NAME_BYTES 8192u

/* Any text, cut at the right. */
size_t name_text(char *out, const char *text, size_t width, bool utf8);

/* A function, or what stands for it: "libx.so+0x1234", "(stack unknown)". */
size_t name_place(char *out, const struct place *place, size_t width,
		  bool utf8);

/* No brackets, nothing internal to a library: "std::vector", "operator new". */
size_t name_bare(char *out, const struct place *place, size_t width, bool utf8);

/* Columns that name_bare() needs to show the last part of the name whole. */
size_t name_least(const struct place *place, bool utf8);

/* Where it is: "file.c:12", else the module; "" where neither is known. */
size_t name_where(char *out, const struct place *place, size_t width,
		  bool utf8);

/* Columns of a string that is printable. */
size_t name_width(const char *text);
