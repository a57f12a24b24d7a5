/* SPDX-License-Identifier: MIT */
#include "query.h"
#include "spread.h"

int sizes_query(const struct query *q, struct result *out)
{
	out->spread.title = "How large blocks were";
	return spread_query(q, false, &out->spread);
}
