/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What rows.h cannot say: frames whose table needs more registers than rsp and
 * rbp, code whose tables the program registered itself, and whole stacks on
 * machines that rows.h does not know.  The only user of libgcc's unwinder,
 * which is slow (100 ns a frame) but takes no loader lock, allocates nothing
 * and has no cache to go stale.
 *
 * Its one lock is taken where a program registered tables of its own (compilers
 * at run time do), and held while it sorts them, with malloc.  So a thread
 * whose stack shows libgcc at work may not come here: unwind_is_at_work().
 */

/* A frame that has called another, or that a signal interrupted. */
struct unwind_frame {
	uintptr_t pc; /* return address; interrupted: instruction + 1 */
	uintptr_t sp; /* behind the return address of the frame it called */
	uintptr_t bp; /* rbp, which it may be using as anything */
};

/* Once, before any other thread runs. */
void unwind_init(void);

/* True if the return address @pc is in libgcc. */
bool unwind_is_at_work(uintptr_t pc);

/*
 * The unwind table entry (FDE) that covers the instruction at @at, registered
 * by the program; NULL if there is none.
 */
const uint8_t *unwind_registered(uintptr_t at);

/*
 * Replaces @f, a frame of the calling thread, by the one that called it.
 * False, and @f as it was: there is none, or it was not found.
 */
bool unwind_past(struct unwind_frame *f);

/*
 * Return addresses of the calling thread as those of unwind_frame, innermost
 * first, starting within this function or its caller.  Sets @cut if there are
 * more than @max.
 */
size_t unwind_walk(uintptr_t *pcs, size_t max, bool *cut);
