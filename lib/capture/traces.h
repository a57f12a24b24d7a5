/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack.h"

/*
 * Call stacks as numbers.
 *
 * All stacks form one tree, from the outermost call inward; a trace is the
 * number of its innermost node.  The tree lives in the profile itself (struct
 * hpm_node), so a trace is in the file before any event can refer to it.  It
 * only grows.
 *
 * Looking up takes no lock; a new node takes one.
 */

#define TRACES_MAX 66846720u /* nodes: 65536 blocks of them */

/*
 * Begins with an empty tree, for a new profile.  Nobody else is at it.  False:
 * no memory.
 */
bool traces_reset(void);

/* Which of its nodes a thread was given last; all zero: none.  Of the stack's
   generation of code. */
struct traces_lately {
	unsigned generation;
	struct {
		uint64_t address;
		uint32_t parent;
		uint32_t node; /* 0: none */
	} nodes[256];
};

/*
 * The trace of @s; each of its frames gets its node, but for those that have
 * one (known).  0 if it is new and there is no room for it; then @s is
 * forgotten.
 */
uint32_t traces_find(struct stack *s, struct traces_lately *lately);
