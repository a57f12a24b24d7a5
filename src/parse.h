/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Values of options.  All return false, and leave @out, if @text is not wholly
 * a number of that kind.
 */

/* A whole number from @min to @max. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Bytes, with K, M, G, T for powers of 1024. */
bool parse_size(const char *text, uint64_t *out);

/* Seconds above 0, or with ms, s, m, h.  Fractions are fine. */
bool parse_seconds(const char *text, double *out);

/* A fraction from 0 to 1. */
bool parse_fraction(const char *text, double *out);

/* declared, linux or double: itself. */
bool parse_v1_scale(const char *text, const char **out);
