/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#include "ranges.h"

/*
 * All line tables of a file that has lost its .debug_info, as one.  Where that
 * is there, each unit knows its own table, and this is not needed.
 */
struct lines {
	Dwarf_Line **v; /* libdw's */
	size_t n, room;
	struct ranges ranges; /* to v */
};

/* Lines of code outside @text are left out.  0, or -ENOMEM. */
int lines_init(struct lines *lines, Dwarf *dwarf, const struct ranges *text);
void lines_fini(struct lines *lines);

/* The line of the code at @address, or NULL. */
Dwarf_Line *lines_find(const struct lines *lines, uint64_t address);
