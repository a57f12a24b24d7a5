/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

#include "digest.h"
#include "metadata.h"

/*
 * Where a digest has snapshots beside those at an interval: at marks, and at
 * times that somebody asked for.  Each is after all events up to and with its
 * time.
 */
struct stop {
	uint64_t time_ns;
	enum digest_kind kind;
};

struct stops {
	struct stop *of; /* in order of time */
	size_t nr;
};

/*
 * The marks of @m, whose ticks are those of @h, and of @times (NULL: none)
 * those up to @end_ns.  0 or -ENOMEM; stops_fini() frees.
 */
int stops_find(struct stops *s, const struct hpm_header *h,
	       const struct metadata *m, const struct digest_times *times,
	       uint64_t end_ns);
void stops_fini(struct stops *s);
