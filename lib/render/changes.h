/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query/history.h"

#include "about.h"

/*
 * What happened, in order of time, for formats that replay it: the events of
 * the log; or, if that is not at hand or would make too large a file, what each
 * stack freed and then allocated from one snapshot to the next, as one block
 * each.  It begins with what was live at the first instant.
 */
struct change {
	uint64_t time_ns;
	uint32_t trace;
	uint32_t thread; /* of h->threads; nr_threads: unknown */
	bool free;
	double bytes, count; /* that it stands for */
	uint64_t size;	     /* of the block; 0 in what is not an event */
	uint64_t age_ns;     /* of one that is freed */
};

struct changes {
	struct history *h;
	bool exact;	/* they are events */
	size_t instant; /* the last change is of the time up to this */
	const struct history_usage *usage; /* of a snapshot */
	size_t nr, at;
	bool freeing; /* the frees of the snapshot come first */
};

/* @most: events beyond which snapshots are taken.  0 or -errno. */
int changes_open(struct changes *c, struct history *h, uint64_t most);

/* 1: the next one, never of a hidden trace; 0: the end; -errno. */
int changes_next(struct changes *c, struct change *out);

/* Says what they are. */
void changes_about(const struct changes *c, struct about *a);
