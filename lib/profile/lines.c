/* SPDX-License-Identifier: MIT */
/*
 * A row of the table holds from its address to that of the next one.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "list.h"

#include "lines.h"

static int add(struct lines *lines, uint64_t low, uint64_t high,
	       Dwarf_Line *line)
{
	Dwarf_Line **v =
		list_grow(lines->v, lines->n, &lines->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	lines->v = v;
	v[lines->n] = line;
	return ranges_add(&lines->ranges, low, high, (uint32_t)lines->n++);
}

static int add_table(struct lines *lines, Dwarf_Lines *table, size_t n,
		     const struct ranges *text)
{
	int ret = 0;

	for (size_t i = 0; i + 1 < n && !ret; i++) {
		Dwarf_Line *line = dwarf_onesrcline(table, i);
		Dwarf_Line *next = dwarf_onesrcline(table, i + 1);
		Dwarf_Addr low, high;
		bool end;

		if (!line || !next || dwarf_lineaddr(line, &low) ||
		    dwarf_lineaddr(next, &high) ||
		    dwarf_lineendsequence(line, &end) || end || low >= high)
			continue;
		if (low && ranges_find(text, low))
			ret = add(lines, low, high, line);
	}
	return ret;
}

int lines_init(struct lines *lines, Dwarf *dwarf, const struct ranges *text)
{
	Dwarf_Off offset = 0, next;
	Dwarf_CU *unit = NULL;
	Dwarf_Lines *table;
	size_t n;
	int ret = 0;

	*lines = (struct lines){0};
	while (!ret && !dwarf_next_lines(dwarf, offset, &next, &unit, NULL,
					 NULL, &table, &n)) {
		if (table)
			ret = add_table(lines, table, n, text);
		offset = next;
	}
	return ret ? ret : ranges_finish(&lines->ranges);
}

void lines_fini(struct lines *lines)
{
	ranges_fini(&lines->ranges);
	free(lines->v);
	*lines = (struct lines){0};
}

Dwarf_Line *lines_find(const struct lines *lines, uint64_t address)
{
	const struct range *range = ranges_find(&lines->ranges, address);

	return range ? lines->v[range->value] : NULL;
}
