/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "heapprof.h"
#include "profile/digest.h"

/*
 * Instants as people write them: "12.5", "250ms", "2m", "start", "peak", "end",
 * "mark:NAME".
 */

/*
 * Could @text be an instant?  If not, -EINVAL, and @listener hears of @option
 * and what it takes.
 */
int when_check(const char *option, const char *text,
	       const struct heapprof_listener *listener);

/*
 * Nanoseconds from the start.  A time after the end is the end, which
 * @listener is told.  -EINVAL: no such mark.
 */
int when_find(const char *option, const char *text, const struct digest *d,
	      uint64_t *out, const struct heapprof_listener *listener);
