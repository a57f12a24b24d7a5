/* SPDX-License-Identifier: MIT */
#pragma once

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

/*
 * The frames at @address, innermost first, at most @max.  The function of the
 * last is NULL where only the line is known; *@n is 0 where nothing is.  Texts
 * live until dies_close().  Cheapest if addresses ascend.  0, or -ENOMEM.
 */
int dies_find(struct dies *dies, uint64_t address, struct symbols_frame *frames,
	      size_t max, size_t *n);

void dies_close(struct dies *dies); /* NULL: nothing */
