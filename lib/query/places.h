/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query.h"

/*
 * Frames as places, and which frames are the same place for a question: the
 * same function of the same module, line, or module.
 */

/* Groups are numbered from 1; 0 is that of stacks that are unknown. */
#define PLACES_UNKNOWN 0u

struct places {
	uint32_t *group; /* of each frame */
	uint32_t *first; /* frame of each group; not of unknown stacks */
	bool *wrapper;	 /* each frame: hands memory on; see wrapper.h */
	bool *plain;	 /* each frame: it is the site where it is innermost */
	uint32_t *site;	 /* of each trace, by places_find(); else NULL */
	uint32_t *owner; /* likewise: the group of that */
	uint32_t depth;	 /* frames of the deepest trace; likewise */
	uint32_t nr;	 /* groups, with that of unknown stacks */
	bool named;	 /* some frame has the name of a function */
};

/* 0 or -ENOMEM. */
int places_group(const struct query *q, struct places *out);

/* Remembers the places_site() of each trace, and its group.  0 or -ENOMEM. */
int places_find(const struct query *q, struct places *p);

/*
 * The innermost frame of @t that is not a wrapper, as an index into its frames;
 * the outermost one where all are.  If that has no name, the nearest caller in
 * its module that has one.  t->nr_frames: the stack is unknown.
 */
uint32_t places_site(const struct places *p, const struct digest *d,
		     const struct digest_trace *t);

/* Is it where frames were left out?  `plain` is at hand, frames are many. */
static inline bool places_is_cut(const struct places *p, const struct digest *d,
				 uint32_t frame)
{
	return !p->plain[frame] && d->frames[frame].cut;
}

/* The place of a frame, as @by asks. */
struct place places_frame(const struct digest *d, uint32_t frame, enum by by);

/* The place of unknown stacks. */
struct place places_unknown(void);
