/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * Stacks for speedscope: a profile for each metric at each moment, which it
 * lets one choose from.
 */
int speedscope_stacks(const struct target *t, const struct result *r);
