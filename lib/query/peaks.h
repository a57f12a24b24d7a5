/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "query.h"
#include "sites.h"

/*
 * The most that each place ever held itself, and when: the largest of the
 * snapshots of @q's time, or the peak of one of its stacks where that was more.
 * Peaks of several stacks between two snapshots may be larger together.
 */
struct peak {
	struct sum live;
	uint64_t time_ns;
};

/* Sets s->peaks, one a group, of those that are @shown.  0 or -errno. */
int peaks_find(const struct query *q, const bool *shown, struct sites *s);
