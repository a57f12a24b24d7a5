/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Walks a stack by stack_walk(), with and without what it remembers of the
 * stacks looked at before, and by libunwind, and compares.  The last walk is
 * kept in globals, because it is made far down in whatever calls it.
 */

#define MAX_FRAMES 600

#define apart __attribute__((noinline))

extern uintptr_t ours[MAX_FRAMES], theirs[MAX_FRAMES];
extern size_t nr_ours, nr_theirs;
extern bool cut; /* ours is */

extern size_t look_max; /* frames that are asked for, at most MAX_FRAMES */

/* Keeps the compiler from making a jump of the call before it. */
static inline void not_a_tail_call(void)
{
	__asm__ volatile("");
}

/* Both walks of the caller's stack, beginning with a frame of its own. */
void look(void);

/* The same, called from @depth + 1 frames of this function. */
void look_below(int depth);

/* Ours only: where libunwind would die of what it finds. */
void look_alone(void);

/* How many frames of our last walk were remembered. */
size_t look_known(void);

/* Fails unless both found the same, of @at_least frames. */
void look_check_same(size_t at_least);

/* Calls @call; look_found_outer() says whether it was found on the stack. */
void look_outer(void (*call)(void));
bool look_found_outer(void);

/* True if a frame of @function, of at most @size bytes, was found. */
bool look_found(const void *function, size_t size);
