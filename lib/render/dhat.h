/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * What valgrind's DHAT writes, version 2, for its dh_view.html: what each stack
 * allocated over the run, how long that lived, and when there was most of it.
 */
int dhat_history(const struct target *t, const struct result *r);
