/* SPDX-License-Identifier: MIT */
/*
 * Numbers grow inward, so of two with the same range the inner one wins.
 */
#include <errno.h>
#include <stdlib.h>

#include <dwarf.h>

#include "list.h"

#include "inlines.h"

#define DEPTH_MAX 256

struct walk {
	struct inlines *inlines;
	const struct ranges *text;
};

static int add(struct walk *w, Dwarf_Die *die, uint32_t *parent)
{
	struct inlines *in = w->inlines;
	uint32_t index = (uint32_t)in->n;
	struct inlined *v = list_grow(in->v, in->n, &in->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	in->v = v;
	v[in->n++] = (struct inlined){die->addr, *parent};
	*parent = index;
	return units_add_ranges(&in->ranges, w->text, die, index);
}

static int walk_children(struct walk *w, Dwarf_Die *of, uint32_t parent,
			 unsigned depth);

static int visit(struct walk *w, Dwarf_Die *die, uint32_t parent,
		 unsigned depth)
{
	int ret;

	switch (dwarf_tag(die)) {
	case DW_TAG_inlined_subroutine:
		ret = add(w, die, &parent);
		if (ret)
			return ret;
		/* fall through */
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return walk_children(w, die, parent, depth + 1);
	default:
		return 0;
	}
}

static int walk_children(struct walk *w, Dwarf_Die *of, uint32_t parent,
			 unsigned depth)
{
	Dwarf_Die die, next;
	int ret;

	if (depth > DEPTH_MAX || dwarf_child(of, &next))
		return 0;
	do {
		die = next;
		ret = visit(w, &die, parent, depth);
	} while (!ret && !dwarf_siblingof(&die, &next) &&
		 (char *)next.addr > (char *)die.addr);
	return ret;
}

int inlines_load(struct inlines *inlines, const struct ranges *text,
		 Dwarf_Die *function)
{
	struct walk w = {inlines, text};
	int ret;

	if (inlines->function == function->addr)
		return 0;
	ranges_fini(&inlines->ranges);
	inlines->n = 0;
	inlines->function = function->addr;
	ret = walk_children(&w, function, INLINES_NONE, 0);
	return ret ? ret : ranges_finish(&inlines->ranges);
}

uint32_t inlines_find(const struct inlines *inlines, uint64_t address)
{
	const struct range *range = ranges_find(&inlines->ranges, address);

	return range ? range->value : INLINES_NONE;
}

void inlines_fini(struct inlines *inlines)
{
	ranges_fini(&inlines->ranges);
	free(inlines->v);
	*inlines = (struct inlines){0};
}
