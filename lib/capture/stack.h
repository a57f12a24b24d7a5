/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The call stack of the calling thread.
 *
 * Takes no lock (but see unwind.h), allocates nothing, keeps errno, needs less
 * than 4 KiB of stack, and reads no stack slot that does not belong to a frame.
 * Works in signal handlers, on alternate stacks and in fibres.  Where a frame
 * cannot be left (no unwind table, a damaged stack) the walk ends there with
 * what it has.
 */

/*
 * Once, in the preload library's constructor, before any other thread runs and
 * before the program can have loaded anything.  Does not allocate.
 */
void stack_init(void);

/*
 * Stores up to @max return addresses, innermost first, beginning within the
 * caller of stack_walk(), and returns how many.  pcs[i] - 1 is always inside
 * the instruction that the frame is at: for a frame that a signal interrupted,
 * pcs[i] is that instruction's address plus one.  Sets @cut if there are more
 * than @max.
 */
size_t stack_walk(uintptr_t *pcs, size_t max, bool *cut);

/*
 * A module was, or is about to be, unloaded: forgets what is known about code.
 * Best called on both sides of a dlclose(), for destructors may allocate.
 */
void stack_unloaded(void);
