/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Graphs as SVG: laid out by graphviz, whose dot runs as a child of this
 * process.  -ENOENT: it is not installed, -EIO: it failed; t->why says so.
 */
int graphviz_graph(const struct target *t, const struct result *r);
