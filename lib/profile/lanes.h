/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

#include "blocks.h"
#include "reader.h"
#include "spans.h"

/*
 * The events of one span of a log as one stream in order of time; those of the
 * same tick in order of lane.
 *
 * Each thread has one of its own and reads one span after the other with it.
 * Memory is a block for each lane.
 */
struct lanes;

/* Opens nothing: @b and @h must outlive it.  NULL: no memory. */
struct lanes *lanes_new(const struct blocks *b, const struct hpm_header *h);
void lanes_free(struct lanes *ls);

/* @s must stay as it is until the next one is started.  0 or -ENOMEM. */
int lanes_start(struct lanes *ls, const struct span *s);

/*
 * The next events; *@n 0: the end of the span.  They and their blocks are valid
 * until the next call.  0, or -EBADMSG: a checksum is wrong, so that the span
 * should not have been cut like this.
 */
int lanes_next(struct lanes *ls, const struct reader_event **events, size_t *n);

/* Instead of lanes_next(): what they all add up to.  0 or -EBADMSG. */
int lanes_add_up(struct lanes *ls, struct reader_sums *out);

/* What was wrong in the span; and the errno value of reading, or 0. */
const struct reader_damage *lanes_damage(const struct lanes *ls);
int lanes_error(const struct lanes *ls);
