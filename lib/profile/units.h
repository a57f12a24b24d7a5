/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#include "base.h"

#include "ranges.h"

/*
 * The compilation units of one DWARF file, each indexed when first hit.
 *
 * An index costs one walk over the unit's DIEs and holds where its functions
 * are, and in which scope each class and function was declared.  A DIE is kept
 * as the place of its bytes, which with its unit is all that libdw needs.
 *
 * Ranges that do not lie in the code of the program are left out: they are of
 * functions that the linker dropped.
 */
#define UNITS_NO_SCOPE UINT32_MAX

struct scope {
	void *place;	 /* of a namespace, type or function */
	uint32_t parent; /* index, or UNITS_NO_SCOPE */
};

struct unit {
	Dwarf_Die top; /* of the program's own file: has the line table */
	Dwarf_Die die; /* has the functions; in a .dwo or the same */
	bool indexed;  /* the rest is filled in */
	bool scoped;   /* its language has scopes: not C */
	void **functions;
	size_t nr_functions, room_functions;
	struct ranges ranges; /* to functions */
	struct scope *scopes; /* by place */
	size_t nr_scopes, room_scopes;
};

struct units {
	Dwarf *dwarf; /* the caller's */
	const struct ranges *text;
	struct unit *v; /* in order of the file */
	size_t n, room;
	struct ranges ranges; /* to units */
	char *missing;	      /* name of a .dwo that was not found, or NULL */
};

/* Reads where units lie.  0, or -ENOMEM; units_fini() in either case. */
int units_init(struct units *units, Dwarf *dwarf, const struct ranges *text);
void units_fini(struct units *units);

/* The unit that holds the code at @address, indexed.  NULL: none. -ENOMEM. */
int units_find(struct units *units, uint64_t address, struct unit **out);

/* The unit that holds @die, indexed; @near is tried first.  NULL: unknown. */
int units_of(struct units *units, struct unit *near, const Dwarf_Die *die,
	     struct unit **out);

/* The function that holds @address. */
bool units_function(const struct unit *unit, uint64_t address, Dwarf_Die *out);

/* The scope at @die, NULL if it is in none that is known. */
const struct scope *units_scope(const struct unit *unit, const Dwarf_Die *die);

/* Adds the ranges of @die that lie in @text to @r.  0, or -ENOMEM. */
int units_add_ranges(struct ranges *r, const struct ranges *text,
		     Dwarf_Die *die, uint32_t value);

/* The DIE of @unit at @place. */
static inline Dwarf_Die units_die(const struct unit *unit, void *place)
{
	return (Dwarf_Die){.addr = place, .cu = unit->die.cu};
}
