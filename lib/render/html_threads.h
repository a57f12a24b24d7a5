/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "query/history.h"

/*
 * Writes ,"threads":[[name, tid, number, start, 4 x sum],...]: what each thread
 * allocated and freed over the run, and what of its own was live at the peak
 * and at the end of the run.  The heaviest ones, by what they allocated.
 */
int html_threads_put(FILE *out, const struct history *h);
