/* SPDX-License-Identifier: MIT */
#pragma once

#include "query/result.h"

/*
 * Axes with round numbers: 0, 20 MiB, 40 MiB; 0 s, 0.5 s, 1 s.
 */

struct scale {
	const char *unit; /* as it follows a number: " MiB", "%" */
	double factor;	  /* bytes, seconds... in one of these */
	double step;	  /* between ticks, in the unit */
	int decimals;	  /* of ticks */
};

/* Figures from 0 to @max, with about @ticks ticks. */
struct scale scale_figures(double max, enum unit unit, unsigned ticks);

/* Fractions from 0 to @max, as percents. */
struct scale scale_shares(double max, unsigned ticks);

/* Times over @span_s seconds, with at most about @ticks ticks. */
struct scale scale_time(double span_s, double ticks);

/* Ticks above 0 of an axis from 0 that reaches @max; at least 1. */
unsigned scale_ticks(const struct scale *s, double max);

/* The number of the first tick at or above @value; tick 0 is 0. */
double scale_first(const struct scale *s, double value);

/* What tick @number stands for, as @value has it. */
double scale_value(const struct scale *s, double number);

/* "40 MiB", into NUMBER_MAX bytes; returns @out. */
char *scale_label(char *out, const struct scale *s, double number);
