/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * JSON for scripts, schema "heapprof/1": heapprof-report(1).  Keys are only
 * ever added.  Whole numbers are written as such; what is not UTF-8 in a string
 * becomes U+FFFD.
 */
int json_stacks(const struct target *t, const struct result *r);
int json_series(const struct target *t, const struct result *r);
int json_graph(const struct target *t, const struct result *r);
int json_spread(const struct target *t, const struct result *r);
int json_table(const struct target *t, const struct result *r);
int json_page(const struct target *t, const struct result *r);
int json_tree(const struct target *t, const struct result *r);
int json_stream(const struct target *t, const struct result *r);

/* Parts of them. */

/* "{", and what the figures rest on; a comma has to follow. */
void json_basis(FILE *out, const struct result *r);

/* Of what is compared: "times_s", "totals", and "base" if it is a profile. */
void json_moments(FILE *out, const struct moment *m, size_t n,
		  const char *indent);

/* The members of a place, without braces. */
void json_place(FILE *out, const struct place *p);
