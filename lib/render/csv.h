/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Tables as CSV (RFC 4180): a line of names, then a line a row, each figure
 * with its error.  What would act on a terminal becomes U+FFFD.  The last line,
 * "other", is what no row shows.
 */
int csv_series(const struct target *t, const struct result *r);
int csv_spread(const struct target *t, const struct result *r);
int csv_table(const struct target *t, const struct result *r);
int csv_page(const struct target *t, const struct result *r);
int csv_tree(const struct target *t, const struct result *r);
int csv_stream(const struct target *t, const struct result *r);

/* Parts of them: columns of a place, and their names. */
#define CSV_PLACE "function,file,line,module,thread,tid,offset"
void csv_place(FILE *out, const struct place *p);

/* A comma, the value, a comma, and its error. */
void csv_estimate(FILE *out, struct estimate e);

/* Nanoseconds as seconds, exactly. */
void csv_seconds(FILE *out, uint64_t ns);
