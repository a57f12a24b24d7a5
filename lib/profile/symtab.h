/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "debugfile.h"

/*
 * Names from symbol tables, for code without DWARF.
 *
 * Of the recorded file's .symtab, that of its debug file and .dynsym together
 * with .gnu_debugdata, the first that is there.  Only functions count.  One
 * without a size reaches to the next symbol or the end of its section.  Of
 * several names for one function the one is taken that a reader of the source
 * would know: global before weak before local, then with fewer leading
 * underscores, then the shorter, then the first in the alphabet.
 */
struct symtab;

/* 0, or -ENOMEM.  A file without symbols gives an empty table. */
int symtab_open(const struct debugfile *f, struct symtab **out);

/*
 * The name as it is in the file, until symtab_close(); NULL: unknown.  @symtab
 * may be NULL.
 */
const char *symtab_find(const struct symtab *symtab, uint64_t address);

void symtab_close(struct symtab *symtab); /* NULL: nothing */
