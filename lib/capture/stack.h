/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind.h"

/*
 * The call stack of the calling thread, and what it has in common with the one
 * that was walked before.
 *
 * Takes no lock (but see unwind.h), allocates nothing, keeps errno, needs less
 * than 4 KiB of stack, and reads no stack slot that does not belong to a frame.
 * Works in signal handlers, on alternate stacks and in fibres.  Where a frame
 * cannot be left (no unwind table, a damaged stack) the walk ends there with
 * what it has.
 */

struct stack_frame {
	/* at.pc - 1 is always inside the instruction that the frame is at: for
	   a frame that a signal interrupted, at.pc is that instruction's
	   address plus one. */
	struct unwind_frame at;
	uintptr_t bp_at; /* as in struct step, of the step to this frame */
	uint32_t how;	 /* the same, of the step from this frame */
	uint32_t node;	 /* the owner's: its name for the stack up to here */
};

/*
 * A stack; of one thread, which must not walk it in a signal handler that
 * interrupted such a walk.  All zero but for the memory: no stack yet.
 */
struct stack {
	struct stack_frame *frames; /* outermost first */
	struct stack_frame *fresh;  /* of a walk, twice as many */
	size_t max;		    /* frames that were asked for */
	size_t nr;
	size_t known;	     /* so many of the outermost are those, and within
				those, that they were before; `node` is kept */
	unsigned generation; /* of the code that the frames are in */
	bool cut; /* outer frames are missing: there are more than max */
};

/* Bytes of memory that a stack of @max frames needs. */
#define STACK_MEMORY(max) (3 * (max) * sizeof(struct stack_frame))

/* @memory is of STACK_MEMORY(@max) bytes. */
void stack_use(struct stack *s, void *memory, size_t max);

/*
 * Once, in the preload library's constructor, before any other thread runs and
 * before the program can have loaded anything.  Does not allocate.
 */
void stack_init(void);

/*
 * Walks the stack of the caller of a function that still runs and whose
 * __builtin_frame_address(0) is @frame.  Of more than @max frames, the
 * innermost.
 */
void stack_walk(struct stack *s, const void *frame, size_t max);

/* Forgets what was walked: next time, nothing is known. */
static inline void stack_forget(struct stack *s)
{
	s->nr = 0;
}

/*
 * A module was, or is about to be, unloaded: forgets what is known about code,
 * and all stacks.  Best called on both sides of a dlclose(), for destructors
 * may allocate.
 */
void stack_unloaded(void);
