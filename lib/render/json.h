/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * JSON for scripts, schema "heapprof/1": heapprof-report(1).  Keys are only
 * ever added.  Whole numbers are written as such; what is not UTF-8 in a string
 * becomes U+FFFD.
 */
void json_spread(const struct target *t, const struct result *r);
void json_table(const struct target *t, const struct result *r);
void json_page(const struct target *t, const struct result *r);
