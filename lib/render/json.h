/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * JSON for scripts, schema "heapprof/1": heapprof-report(1).  Keys are only
 * ever added.  Whole numbers are written as such; what is not UTF-8 in a string
 * becomes U+FFFD.
 */
int json_spread(const struct target *t, const struct result *r);
int json_table(const struct target *t, const struct result *r);
int json_page(const struct target *t, const struct result *r);
