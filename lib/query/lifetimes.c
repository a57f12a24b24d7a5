/* SPDX-License-Identifier: MIT */
#include "query.h"
#include "spread.h"

int lifetimes_query(const struct query *q, struct result *out)
{
	out->spread.title = "How long blocks lived";
	return spread_query(q, true, &out->spread);
}
