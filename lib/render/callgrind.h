/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * What valgrind's callgrind writes, for callgrind_annotate and KCachegrind:
 * what each line allocated and held at a moment, and by which calls.
 */
int callgrind_history(const struct target *t, const struct result *r);
