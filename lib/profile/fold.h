/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"

/*
 * Precision: the smallest traces of a snapshot go to "other".
 *
 * Two rules, each of which is enough to keep a trace: by live bytes, and by
 * bytes allocated since the instant before.  By each, the smallest ones that
 * together hold up to @precision of all are not kept.  0 keeps everything, 1
 * nothing.  What is not kept is added up in full, all sums of it, so the
 * totals are the same at any precision.
 *
 * @usage[0] is "other" and comes zeroed, the rest of the *@n is in order of
 * trace; so it stays, but "other" is left out where it is nothing.  0 or
 * -ENOMEM.
 */
int fold_usage(struct hpc_usage *usage, size_t *n, double precision);
