/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/hpc.h"
#include "heapprof.h"
#include "intern.h"

#include "known.h"
#include "lookup.h"
#include "metadata.h"

/*
 * The frames of traces: addresses of nodes become functions, files and lines.
 *
 * Equal frames (function, file, line, module, inlined) have one number, and
 * the offset of the first of them; where the function is unknown the offset
 * counts too.  The recorder's own frames, innermost, are left out.
 */
struct frames_place; /* an address within a module */

struct frames {
	const struct metadata *metadata;
	struct intern strings; /* with the zero byte; numbers from 0 */
	struct intern keys;    /* struct hpc_frame, as frames are compared */
	uint64_t *offsets;     /* of frames, by number */
	size_t offsets_room;
	struct frames_place *places;
	size_t nr_places;
	uint32_t *place_of_node; /* plus one; 0: the node is not used */
	uint32_t *lists;	 /* numbers of frames, of all places */
	size_t nr_lists, lists_room;
	uint32_t cut;	 /* number of the "cut" frame */
	uint32_t *trace; /* scratch of frames_trace() */
	size_t trace_room;
	uint64_t unknown_modules; /* not one name was found in them */
};

struct frames_options {
	struct lookup_options lookup;
	struct known *known; /* taken from and added to; or NULL */
	bool no_symbols;
};

/*
 * Finds the frames of the traces @nodes.  0 or -ENOMEM; in any case free with
 * frames_fini().  If @listener wants an end, what is not done has no names.
 */
int frames_init(struct frames *f, const struct metadata *m,
		const uint32_t *nodes, size_t nr,
		const struct frames_options *options,
		const struct heapprof_listener *listener);
void frames_fini(struct frames *f);

/* Frames of the trace @node, innermost first, until the next call. */
int frames_trace(struct frames *f, uint32_t node, const uint32_t **trace,
		 uint32_t *n);

/* Frame number @i. */
void frames_get(const struct frames *f, uint32_t i, struct hpc_frame *out);

/* Number of a string, from 1 as in the digest; NULL is 0. */
int frames_string(struct frames *f, const char *s, uint32_t *number);
