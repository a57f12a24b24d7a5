/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * A processed profile for the Firefox Profiler (profiler.firefox.com), version
 * 61 of its format, with the allocations and frees as native allocations.
 */
int firefox_history(const struct target *t, const struct result *r);
