/* SPDX-License-Identifier: MIT */
#pragma once

#include "name.h"
#include "render.h"

/*
 * Stacks in lines, "main;parse;xmalloc 1234", in order of their text: for
 * flamegraph.pl, speedscope and others.  Of two moments or more, the figures of
 * the first and the last, as difffolded.pl writes them.
 */
int collapsed_stacks(const struct target *t, const struct result *r);

/*
 * A frame in such a line, of at most NAME_BYTES, "parse" or, with @line, "parse
 * xml.c:12".  Returns its length.
 */
size_t collapsed_name(char *out, const struct place *p, bool line);

/* The whole stack; free() it.  NULL: no memory. */
char *collapsed_join(const struct stack *s, bool lines);
