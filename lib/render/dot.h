/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Graphs for graphviz.  Beside what is drawn, nodes have the attributes local,
 * cumulative, entry, dropped_in and dropped_out, and edges flow: the figures,
 * with a comma between those of several moments.  Nodes are numbered as in
 * JSON.
 */
int dot_graph(const struct target *t, const struct result *r);
