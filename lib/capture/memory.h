/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The recorder's memory: zeroed pages from the kernel, never from malloc, and
 * never given back except by memory_unmap().
 */

/* @size bytes rounded up to pages; NULL if there are none. */
void *memory_map(size_t size);

/* The same with all pages there already, in less time than they take one by
   one. */
void *memory_map_filled(size_t size);

void memory_unmap(void *p, size_t size);

/* Makes private pages read as zero again; untouched ones stay untouched. */
void memory_clear(void *p, size_t size);

/*
 * Makes the pages of [p, p + size) read as zero in a forked child, so that it
 * sees at once that nothing of the recorder's is its own.  False: this kernel
 * cannot.
 */
bool memory_wipe_on_fork(void *p, size_t size);
