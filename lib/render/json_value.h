/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "query/result.h"

/*
 * Values in JSON, for all formats that are made of it.
 */

/* In quotes; NULL is null, and a byte that is not UTF-8 becomes U+FFFD. */
void json_string(FILE *out, const char *s);

/* The shortest text that gives the same number back; null: not finite. */
void json_number(FILE *out, double x);

/* Nanoseconds as seconds, exactly. */
void json_seconds(FILE *out, uint64_t ns);

/* {"value": x, "error": e} */
void json_estimate(FILE *out, struct estimate e);

/* "KEY": [...], of @n estimates. */
void json_estimates(FILE *out, const char *key, const struct estimate *e,
		    size_t n);
