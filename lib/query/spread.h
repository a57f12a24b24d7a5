/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "query.h"

/*
 * Distributions of what blocks were like, @ages of those that were freed or
 * sizes of all; all but the title.  0 or -errno.
 */
int spread_query(const struct query *q, bool ages, struct spread *out);
