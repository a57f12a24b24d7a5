/* SPDX-License-Identifier: MIT */
#pragma once

#include "query.h"

/*
 * One metric by thread, the largest first.  Live figures are those of the
 * peak or of the end: query_bind() sees to that.
 */
int threads_table(const struct query *q, struct table *out);
