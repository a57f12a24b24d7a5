/* SPDX-License-Identifier: MIT */
#pragma once

#include "arena.h"
#include "profile/digest.h"

/*
 * A digest with the frames and traces of two: those of @d first, then those of
 * @base without its trace 0.  All else is @d's; it has no snapshots of its own.
 * Modules of one file name, wherever they lie, are taken for one.  Lives in
 * @arena, and points into both.  0 or -ENOMEM.
 */
int joint_make(struct arena *arena, const struct digest *d,
	       const struct digest *base, struct digest *out);
