/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "lane.h"
#include "reader.h"

/*
 * Adds up the events of a span, of which these are the lanes, each at its
 * start.  0, or -EBADMSG: as lane_fill().
 */
int windows_add_up(struct lane *const *lanes, size_t nr, struct lane_log *log,
		   struct reader_sums *out);
