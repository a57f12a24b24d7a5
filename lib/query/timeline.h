/* SPDX-License-Identifier: MIT */
#pragma once

#include "query.h"

/* The heap over the range of @q, without lines.  0 or -ENOMEM. */
int timeline_heap(const struct query *q, struct series *out);
