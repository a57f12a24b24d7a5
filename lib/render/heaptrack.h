/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * What heaptrack's interpreter writes, version 3 of its file format, for
 * heaptrack_print and heaptrack_gui: all that happened, in order of time.
 */
int heaptrack_history(const struct target *t, const struct result *r);
