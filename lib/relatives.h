/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "arena.h"
#include "query/result.h"

/*
 * The processes that the one of @base (NULL: of none) started, directly or not,
 * and that were recorded with it.  The result is in @arena.  0 or -ENOMEM.
 */
int relatives_find(const char *base, struct arena *arena,
		   const struct relative **out, size_t *n);
