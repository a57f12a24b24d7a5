/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "query.h"

/*
 * Which options go together, and with which view: what a view would leave
 * without a word is an error instead.
 */

/* Has it room for several figures of a place? */
bool usable_compares(const struct answer *a);

/* Of a question whose answer is found.  0; -EINVAL: said. */
int usable_check(const struct query *q, const struct heapprof_report_options *o,
		 const struct heapprof_listener *listener);
