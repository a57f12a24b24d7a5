/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query/result.h"

/*
 * Figures as people read them.  All write a string of at most NUMBER_MAX bytes,
 * its closing zero included, and return @out.
 */

#define NUMBER_MAX 64u

/* "512 B", "12.4 MiB". */
char *number_bytes(char *out, double bytes);

/* The same for settings: "8 KiB" where that is exact. */
char *number_size(char *out, uint64_t bytes);

/* "12,345", "1.23M". */
char *number_count(char *out, double count);

/* "1,234,567,890". */
char *number_exact(char *out, uint64_t count);

char *number_value(char *out, double value, enum unit unit);

/* The same in fewer columns: "12.4M" for "12.4 MiB". */
char *number_brief(char *out, double value, enum unit unit);

/* "12.3 ms", "8.21 s", "12 min 34 s". */
char *number_time(char *out, uint64_t ns);

/* "42.1%"; of nothing: "-". */
char *number_share(char *out, double part, double whole);

/* "±3%": the error as a part of the value; "" where it is exact. */
char *number_error(char *out, struct estimate e, bool utf8);

/* "12.4 MiB ±3%". */
char *number_estimate(char *out, struct estimate e, enum unit unit, bool utf8);
