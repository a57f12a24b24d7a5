/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intern.h"

#include "metadata.h"
#include "symbols.h"

/*
 * What was looked up already, for digests that are made one after the other, of
 * processes that mostly run the same few programs.
 */
struct known_place; /* an address in a file */
struct known_frame;

/* All zero: nothing is known. */
struct known {
	struct intern files;	  /* path, build-id, size and time */
	struct intern places;	  /* file and offset */
	struct intern strings;	  /* with the zero byte */
	struct known_place *list; /* by number of the place */
	size_t nr, room;
	struct known_frame *frames;
	size_t nr_frames, frames_room;
};

void known_fini(struct known *k);

/* The number of @m's file.  0 or -ENOMEM. */
int known_file(struct known *k, const struct metadata_module *m,
	       uint32_t *file);

/* The number of @offset in it, which may be of nothing known.  As above. */
int known_place(struct known *k, uint32_t file, uint64_t offset,
		uint32_t *place);

/* Is it known, be it that it has no frames? */
bool known_has(const struct known *k, uint32_t place);

/* Calls @fn with the frames of @place, which is known, and @index. */
void known_get(const struct known *k, uint32_t place, size_t index,
	       symbols_fn *fn, void *arg);

/* From now on @place is known.  0 or -ENOMEM. */
int known_put(struct known *k, uint32_t place,
	      const struct symbols_frame *frames, size_t n);
