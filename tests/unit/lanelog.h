/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/*
 * Random logs of many lanes: busy at once or in turns, with blocks that are
 * small or not, and in half of them some that are damaged, cut or open, or say
 * that they are of another time or lane.  All is recorded.
 */
#define LANELOG_LISTS 400
#define LANELOG_LANES 9

/* Number @list, the same whenever it is asked for, as files of that name. */
void lanelog_make(uint64_t list, const char *base);
