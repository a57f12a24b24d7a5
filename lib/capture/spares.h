/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory of tables that have been outgrown, for the next table that grows to
 * that size: a new mapping has to be cleared by the kernel, page by page, and
 * the old one taken apart.  At most SPARES_MAX bytes are kept.
 *
 * Any thread.  Sizes are whole pages.
 */
#define SPARES_MAX (1u << 20)

/* Like memory_map_filled(), but with anything in it, and *@used true, if it was
   another's before. */
void *spares_take(size_t size, bool *used);

/* In place of memory_unmap(). */
void spares_give(void *p, size_t size);

/* Unmaps all.  @forked: this is a child, in which they may be in the middle of
   a change; they are forgotten. */
void spares_reset(bool forked);
