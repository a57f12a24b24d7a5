/* SPDX-License-Identifier: MIT */
#pragma once

#include "bytes.h"

#include "render.h"

/*
 * The format of pprof, github.com/google/pprof, proto/profile.proto: a message
 * in gzip, with the four values that all heap profiles have.
 */
int pprof_history(const struct target *t, const struct result *r);

/*
 * A regular expression of the functions that only hand memory on, which pprof
 * drops with all that they call; only those are in it that call nothing else,
 * so that its figures are those of our reports.  0 or -ENOMEM.
 */
int pprof_drop_frames(const struct history *h, struct bytes *out);
