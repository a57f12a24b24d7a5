/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "arena.h"
#include "query/history.h"

/*
 * Who has what, by trace: a history added up for formats that know no time, or
 * one moment.  [HISTORY_OTHER] is what the digest keeps by no trace.
 */
struct holdings {
	struct sum *live;      /* at h->at */
	struct sum *end;       /* live at the last instant */
	struct sum *allocated; /* over all instants */
	/*
	 * `live` is what the traces' own sizes say, and `allocated` as well:
	 * those of the whole run, and its peak or its end.
	 */
	bool sized;
};

/* Pulls the snapshots that it takes.  0, -ENOMEM or what pulling gives. */
int holdings_add_up(struct history *h, struct arena *arena,
		    struct holdings *out);

/* Of the blocks of one size, what `live` is of all, where `sized`. */
struct sum holdings_live_of(const struct history *h,
			    const struct history_size *size);

/* The nearest whole number; a sum can be a hair below 0. */
uint64_t holdings_round(double x);
