/* SPDX-License-Identifier: MIT */
#pragma once

#include "query.h"

/* What each of several processes held at the peak of all, the largest first. */
int processes_table(const struct query *q, struct table *out);

/* The same processes in order of their start, for the basis.  0 or -ENOMEM. */
int processes_list(const struct query *q, struct basis *out);
