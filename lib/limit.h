/* SPDX-License-Identifier: MIT */
#pragma once

#include "heapprof.h"
#include "query/query.h"

/*
 * Limits on the figures of a profile, for scripts: "peak>64M".  A condition is
 * a figure, one of < <= > >=, and a number, which may have K, M, G or T behind
 * it, powers of 1024.  It is about what the report is about: its part of the
 * run, and the stacks that --focus and --ignore leave.
 *
 * A figure that was estimated is judged by its estimate.
 */

/* Are they conditions?  NULL: none.  0, or -EINVAL, said to @listener. */
int limit_parse(const char *const *conditions,
		const struct heapprof_listener *listener);

/*
 * 0, or HEAPPROF_LIMIT where a condition holds, each said to @listener; or
 * -errno.  @q is bound, the conditions were parsed; the arena is its.
 */
int limit_check(const char *const *conditions, const struct query *q, bool utf8,
		const struct heapprof_listener *listener);
