/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Stacks in lines, "main;parse;xmalloc 1234", in order of their text: for
 * flamegraph.pl, speedscope and others.  Of two moments or more, the figures of
 * the first and the last, as difffolded.pl writes them.
 */
int collapsed_stacks(const struct target *t, const struct result *r);

/*
 * The stack of such a line, with @lines "main;parse xml.c:12"; free() it. NULL:
 * no memory.
 */
char *collapsed_join(const struct stack *s, bool lines);
