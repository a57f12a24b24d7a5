/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "format/hpd_step.h"

#include "blocks.h"
#include "reader.h"
#include "spans.h"
#include "weight.h"

/*
 * One lane of a span: opens its blocks, one after the other, and decodes the
 * events of each, some at a time.
 */

#define LANE_EVENTS 128u
#define LANE_SPARES 128u
#define LANE_NOTHING 0	     /* kind of the event after the last one */
#define LANE_ENDED INT64_MAX /* ns */

/* What the lanes of a span share. */
struct lane_log {
	struct blocks file; /* a copy, for its error */
	const struct hpm_header *header;
	struct weight_cache weights;
	uint64_t tick_limit;
	const struct span *span;
	struct reader_damage damage; /* that was found in it */
};

struct lane {
	uint32_t number;
	bool decoding;
	bool cut;	  /* the file ends within the block */
	uint64_t start;	  /* tick before the first event of the block */
	uint64_t next_ns; /* nothing more is before; LANE_ENDED: none */
	const struct span_block *at, *end; /* blocks; the first may be open */
	struct hpd_place place;
	struct reader_block *slot[HPD_SLOTS]; /* NULL: not defined */
	struct reader_block *spare[LANE_SPARES];
	size_t nr_taken; /* of these, for definitions since the last fill */
	struct reader_block blocks[HPD_SLOTS + LANE_SPARES];
	size_t nr; /* events; then there is one LANE_NOTHING, at next_ns */
	struct reader_event events[LANE_EVENTS + 1];
	_Alignas(64) uint8_t bytes[BLOCK_SIZE];
};

struct lane *lane_new(void); /* free() it.  NULL: no memory */

/* It has the blocks from @at to @end, of which there is one at least. */
void lane_start(struct lane *l, const struct lane_log *log,
		const struct span_block *at, const struct span_block *end);

/*
 * Replaces the events by those that come next; there may be none, but then
 * `next_ns` has risen, or the lane has gone on to another block.  What they are
 * of stays as it is until the next call.  0, or -EBADMSG: a checksum is wrong.
 */
int lane_fill(struct lane *l, struct lane_log *log);

/*
 * Instead of that: adds the events up to tick @to that come next to @sums,
 * where `live`, `reached` and `top` go on from what they are.  0 or -EBADMSG.
 */
int lane_add_up(struct lane *l, struct lane_log *log, uint64_t to,
		struct reader_sums *sums);
