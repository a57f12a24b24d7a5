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
