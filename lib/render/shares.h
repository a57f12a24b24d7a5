/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "query/history.h"

/*
 * What a history has of each trace, thread and size of blocks, from the log: at
 * h->at, and over all of it.  Sizes are told apart where one is twice another.
 */
struct share {
	uint32_t trace;
	uint32_t thread; /* that allocated, of h->threads; or nr_threads */
	double live_bytes, live_count;
	double allocated_bytes, allocated_count;
};

struct shares {
	struct share *of;
	size_t nr, room;
};

/*
 * Pulls all events.  1: the shares add up to what the digest says; 0: they do
 * not, or there is no log; else -errno.  To be freed in any case.
 */
int shares_pull(struct history *h, struct shares *out);
void shares_fini(struct shares *s);
