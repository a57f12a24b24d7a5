/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "bytes.h"
#include "intern.h"
#include "query/history.h"

/*
 * Stacks as a tree of calls, of which each stack adds the part that is new, and
 * names where they first come.  All numbers are LEB128; everything is numbered
 * in the order in which it comes: nodes from 1, as 0 is the root, the others
 * from 0.  A stack is
 *
 *	the node of the part that is known, outermost first
 *	how many nodes follow, each one a child of the one before:
 *		twice a line's number, plus 1 where it is inlined
 *		if that number is the next one: the line
 *	frames inward of the one that it counts for
 *
 *	line: function, if that is the next one: it; file's string, number
 *	function: kind, name, short name, module's string
 *	string: number plus one, 0: none; if it is the next one: bytes, text
 */

/* Kinds of functions. */
enum html_function { HTML_FUNCTION, HTML_WRAPPER, HTML_CUT };

struct html_stacks {
	const struct history *h;
	struct bytes out; /* what was put; the caller empties it */
	struct intern nodes;
	struct intern strings;
	uint32_t *line;	    /* number of each group of lines, plus one */
	uint32_t *function; /* of each group of functions, likewise */
	uint32_t nr_lines, nr_functions;
};

/* 0 or -ENOMEM; html_stacks_fini() in any case. */
int html_stacks_init(struct html_stacks *s, const struct history *h);
void html_stacks_fini(struct html_stacks *s);

/* Appends the stack of a trace.  0 or -ENOMEM. */
int html_stacks_put(struct html_stacks *s, const struct history_trace *t);
