/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * The value of LD_PRELOAD: libraries, separated by colons or blanks, of which
 * one may be ours, wherever it is.
 */

/* Is it in @list?  Its path then starts at *@entry (NULL: not asked). */
bool ldpreload_has(const char *list, const char **entry);

/* Takes it out of @list, in place; what is left keeps its order. */
void ldpreload_remove(char *list);
