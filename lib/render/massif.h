/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * What valgrind's massif writes, for ms_print and massif-visualizer: the heap
 * over time, and who held it, by the stacks from the allocation outward.
 */
int massif_history(const struct target *t, const struct result *r);
