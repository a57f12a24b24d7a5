/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "arena.h"
#include "query/history.h"

/*
 * Frames as valgrind's tools write them: "0x1234: parse (xml.c:12)", or where
 * the line is not known "0x1234: parse (in /usr/lib/libxml2.so)".
 */

/* The address of each frame as it was mapped; NULL: no memory. */
uint64_t *frame_addresses(const struct history *h, struct arena *a);

/* The label of each frame; NULL: no memory. */
char **frame_labels(const struct history *h, struct arena *a);

/* The last part of a path. */
const char *frame_basename(const char *path);
