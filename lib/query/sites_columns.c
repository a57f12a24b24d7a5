/* SPDX-License-Identifier: MIT */
#include "sites.h"

const struct column *sites_choose_columns(const struct query *q,
					  enum sites_columns columns, size_t n)
{
	static const char *const titles[] = {
		[UNIT_BYTES] = "bytes",
		[UNIT_COUNT] = "blocks",
		[UNIT_BYTE_SECONDS] = "bytes x seconds",
		[UNIT_RATE] = "rate",
	};
	enum unit unit = weigh_unit(q->metric);
	struct column *c = arena_alloc(q->arena, n, sizeof(*c));
	bool count = unit == UNIT_COUNT;

	if (!c)
		return NULL;
	if (columns == SITES_TOP) {
		c[0] = (struct column){"self", "self", unit, 0};
		c[1] = (struct column){"cumulative", "inclusive", unit, 0};
		if (n < 4)
			return c;
		c[2] = (struct column){"peak", "its peak", UNIT_BYTES,
				       COLUMN_MEDIUM};
		c[3] = (struct column){"peak_s", "at", UNIT_SECONDS,
				       COLUMN_MEDIUM};
		return c;
	}
	c[0] = (struct column){"self", titles[unit], unit, 0};
	c[1] = (struct column){
		count ? "bytes" : "count", count ? "bytes" : "blocks",
		count ? UNIT_BYTES : UNIT_COUNT,
		unit == UNIT_BYTE_SECONDS ? COLUMN_DATA : COLUMN_WIDE};
	if (n > 3)
		c[3] = (struct column){"growth", "growth", UNIT_HOURLY,
				       COLUMN_DATA};
	c[2] = (struct column){"cumulative", "inclusive", unit, COLUMN_DATA};
	return c;
}
