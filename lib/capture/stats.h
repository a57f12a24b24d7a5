/* SPDX-License-Identifier: MIT */
#pragma once

#include "histogram.h"

/*
 * The report of stats mode: a rule, HEAP USAGE SUMMARY, size, count and bytes
 * in powers of two, the peak, what was never freed, and the sampling that suits
 * the program.
 */

#define STATS_TEXT_MAX 16384u

/* Writes it to @text, of STATS_TEXT_MAX bytes; returns the length. */
size_t stats_format(char *text, const struct histogram_summary *h);
