/* SPDX-License-Identifier: MIT */
/*
 * Any bytes may be in the file.  libdw checks that it stays within the section;
 * what is ours to bound is recursion, by depth, and loops over siblings, which
 * must go forward.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <dwarf.h>

#include "list.h"

#include "units.h"

#define DEPTH_MAX 128

int units_add_ranges(struct ranges *r, const struct ranges *text,
		     Dwarf_Die *die, uint32_t value)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t next = 0;
	int ret = 0;

	while (!ret &&
	       (next = dwarf_ranges(die, next, &base, &low, &high)) > 0) {
		const struct range *code = low ? ranges_find(text, low) : NULL;

		if (code && high <= code->high)
			ret = ranges_add(r, low, high, value);
	}
	return ret;
}

/* The walk over one unit. */
struct walk {
	struct unit *unit;
	const struct ranges *text;
};

static int add_function(struct walk *w, Dwarf_Die *die)
{
	struct unit *u = w->unit;
	size_t before = u->ranges.n;
	void **v;
	int ret = units_add_ranges(&u->ranges, w->text, die,
				   (uint32_t)u->nr_functions);

	if (ret || u->ranges.n == before)
		return ret;
	v = list_grow(u->functions, u->nr_functions, &u->room_functions,
		      sizeof(*v));
	if (!v)
		return -ENOMEM;
	u->functions = v;
	v[u->nr_functions++] = die->addr;
	return 0;
}

static int add_scope(struct walk *w, Dwarf_Die *die, uint32_t *scope)
{
	struct unit *u = w->unit;
	struct scope *v;

	if (!u->scoped)
		return 0;
	v = list_grow(u->scopes, u->nr_scopes, &u->room_scopes, sizeof(*v));
	if (!v)
		return -ENOMEM;
	u->scopes = v;
	v[u->nr_scopes] = (struct scope){die->addr, *scope};
	*scope = (uint32_t)u->nr_scopes++;
	return 0;
}

static int walk_children(struct walk *w, Dwarf_Die *parent, uint32_t scope,
			 unsigned depth);

static int visit(struct walk *w, Dwarf_Die *die, uint32_t scope, unsigned depth)
{
	int ret;

	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
		ret = add_function(w, die);
		if (ret)
			return ret;
		/* fall through */
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type: /* Rust gives them functions */
		ret = add_scope(w, die, &scope);
		if (ret)
			return ret;
		/* fall through */
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_variant_part:
	case DW_TAG_variant:
		return walk_children(w, die, scope, depth + 1);
	default:
		return 0;
	}
}

static int walk_children(struct walk *w, Dwarf_Die *parent, uint32_t scope,
			 unsigned depth)
{
	Dwarf_Die die, next;
	int ret = 0;

	if (depth > DEPTH_MAX || dwarf_child(parent, &next))
		return 0;
	do {
		die = next;
		ret = visit(w, &die, scope, depth);
	} while (!ret && !dwarf_siblingof(&die, &next) &&
		 (char *)next.addr > (char *)die.addr);
	return ret;
}

/* In C a function has no scope, and one within another is a declaration. */
static bool has_scopes(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case 0x2c: /* C17 */
	case DW_LANG_Mips_Assembler:
		return false;
	default:
		return true;
	}
}

/* The unit proper is in a file of its own with -gsplit-dwarf. */
static int open_split(struct units *units, struct unit *u)
{
	Dwarf_Attribute attr;
	const char *name;
	Dwarf_Die split;

	u->die = u->top;
	if (!dwarf_cu_info(u->top.cu, NULL, NULL, NULL, &split, NULL, NULL,
			   NULL) &&
	    split.addr)
		u->die = split;
	else if (!units->missing &&
		 (dwarf_attr(&u->top, DW_AT_dwo_name, &attr) ||
		  dwarf_attr(&u->top, DW_AT_GNU_dwo_name, &attr))) {
		name = dwarf_formstring(&attr);
		units->missing = strdup(name ? name : "?");
		return units->missing ? 0 : -ENOMEM;
	}
	return 0;
}

static int index_unit(struct units *units, struct unit *u)
{
	struct walk w = {u, units->text};
	int ret;

	if (u->indexed)
		return 0;
	u->indexed = true;
	ret = open_split(units, u);
	u->scoped = has_scopes(&u->die);
	if (!ret)
		ret = walk_children(&w, &u->die, UNITS_NO_SCOPE, 0);
	return ret ? ret : ranges_finish(&u->ranges);
}

/* Some producers do not say where the unit is: then where its functions are. */
static int place_by_functions(struct units *units, uint32_t index)
{
	struct unit *u = &units->v[index];
	int ret = 0;

	if (dwarf_tag(&u->top) != DW_TAG_compile_unit &&
	    dwarf_tag(&u->top) != DW_TAG_skeleton_unit)
		return 0;
	ret = index_unit(units, u);
	for (size_t i = 0; i < u->ranges.n && !ret; i++)
		ret = ranges_add(&units->ranges, u->ranges.v[i].low,
				 u->ranges.v[i].high, index);
	return ret;
}

static int add_unit(struct units *units, const Dwarf_Die *top)
{
	uint32_t index = (uint32_t)units->n;
	size_t before = units->ranges.n;
	struct unit *v;
	int ret;

	v = list_grow(units->v, units->n, &units->room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	units->v = v;
	v[units->n++] = (struct unit){.top = *top, .die = *top};
	ret = units_add_ranges(&units->ranges, units->text, &v[index].top,
			       index);
	if (!ret && units->ranges.n == before)
		ret = place_by_functions(units, index);
	return ret;
}

int units_init(struct units *units, Dwarf *dwarf, const struct ranges *text)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die top;
	int ret = 0;

	*units = (struct units){.dwarf = dwarf, .text = text};
	while (!ret && !dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &top, NULL))
		if (top.addr && dwarf_tag(&top) != DW_TAG_type_unit)
			ret = add_unit(units, &top);
	return ret ? ret : ranges_finish(&units->ranges);
}

void units_fini(struct units *units)
{
	for (size_t i = 0; i < units->n; i++) {
		free(units->v[i].functions);
		free(units->v[i].scopes);
		ranges_fini(&units->v[i].ranges);
	}
	ranges_fini(&units->ranges);
	free(units->v);
	free(units->missing);
	*units = (struct units){0};
}

int units_find(struct units *units, uint64_t address, struct unit **out)
{
	const struct range *range = ranges_find(&units->ranges, address);

	*out = range ? &units->v[range->value] : NULL;
	return *out ? index_unit(units, *out) : 0;
}

/* libdw keeps units in order of the file, so their places ascend. */
int units_of(struct units *units, struct unit *near, const Dwarf_Die *die,
	     struct unit **out)
{
	size_t low = 0, high = units->n;

	*out = near;
	if (near->die.cu == die->cu)
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (units->v[middle].top.addr <= die->addr)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low ? &units->v[low - 1] : NULL;
	if (*out && (*out)->top.cu != die->cu)
		*out = NULL;
	return *out ? index_unit(units, *out) : 0;
}

bool units_function(const struct unit *unit, uint64_t address, Dwarf_Die *out)
{
	const struct range *range = ranges_find(&unit->ranges, address);

	if (!range)
		return false;
	*out = units_die(unit, unit->functions[range->value]);
	return true;
}

const struct scope *units_scope(const struct unit *unit, const Dwarf_Die *die)
{
	size_t low = 0, high = unit->nr_scopes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (unit->scopes[middle].place < die->addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == unit->nr_scopes || unit->scopes[low].place != die->addr)
		return NULL;
	return &unit->scopes[low];
}
