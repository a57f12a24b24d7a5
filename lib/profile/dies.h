/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "debugfile.h"
#include "names.h"
#include "symbols.h"

/*
 * Functions, inlined functions and lines from DWARF.
 */
struct dies;

/*
 * Opens the DWARF of @f; *@out is NULL if it has none.  @f, @module, @options
 * and @names must live as long.  0, or -ENOMEM; dies_close() in either case.
 */
int dies_open(const struct debugfile *f, const struct symbols_module *module,
	      const struct symbols_options *options, struct names *names,
	      struct dies **out);

struct dies_answer {
	struct symbols_frame *frames; /* the caller's; innermost first */
	size_t max;		      /* room in it */
	size_t n;		      /* 0: nothing is known */
	bool bare; /* the last function is less than its symbol would tell */
};

/*
 * Fills in @a for @address.  The function of the last frame is NULL where only
 * the line is known.  Texts live until dies_close().  Cheapest if addresses
 * ascend.  0, or -ENOMEM.
 */
int dies_find(struct dies *dies, uint64_t address, struct dies_answer *a);

void dies_close(struct dies *dies); /* NULL: nothing */
