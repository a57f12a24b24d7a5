/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "format/hpc.h"

#include "blocks.h"
#include "reader.h"

/*
 * The events of all lanes of a .hpd as one stream in order of time; those of
 * the same tick in order of lane.
 *
 * What is read is fixed by lanes_open(): every pass gives the same events, even
 * while the program goes on recording.  Memory is a few blocks a lane and a
 * window of blocks that were read ahead.
 */
struct lanes;

/*
 * @b, the log, stays the caller's and must outlive the result; events are
 * weighed by @h, the header of .hpm.  0 or -ENOMEM.
 */
int lanes_open(struct blocks *b, const struct hpm_header *h,
	       struct lanes **out);
void lanes_close(struct lanes *ls);

/* Starts over. */
void lanes_rewind(struct lanes *ls);

/*
 * Up to @max events; *@n 0: the end.  They and their blocks are valid until the
 * next call.  0 or -ENOMEM.
 */
int lanes_next(struct lanes *ls, struct reader_event *out, size_t max,
	       size_t *n);

/* Bytes that have been read since the start, and all there are. */
uint64_t lanes_position(const struct lanes *ls);
uint64_t lanes_size(const struct lanes *ls);

/* What the first pass, once it is through, found wrong. */
const struct reader_damage *lanes_damage(const struct lanes *ls);
