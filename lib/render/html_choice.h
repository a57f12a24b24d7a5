/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query/history.h"

/*
 * How much of a history goes into a page, so that it opens quickly and can be
 * sent around: some hundred snapshots, and the traces that weigh most.  Start,
 * peak, end, the instant that was asked for and marks are always among them.
 */
struct html_choice {
	bool *instants; /* each one: is its snapshot shown? */
	size_t nr_instants;
	uint32_t *traces; /* the heaviest first; none that is hidden */
	size_t nr_traces;
	size_t nr_hidden; /* traces that --focus and --ignore leave out */
};

/* 0 or -ENOMEM; html_choice_fini() in any case. */
int html_choice_make(const struct history *h, struct html_choice *out);
void html_choice_fini(struct html_choice *c);
