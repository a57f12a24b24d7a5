/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "query.h"
#include "sides.h"

/*
 * What changed between the sides of a question, by place.
 */

/* Fills @out, one for each side.  0 or -ENOMEM. */
int compare_moments(const struct query *q, const struct sides *s,
		    const struct moment **out);

/*
 * The places as a table, those that changed most first, or, with @by_size,
 * those that are largest at any of the moments.
 */
int compare_table(const struct query *q, bool by_size, struct table *out);
