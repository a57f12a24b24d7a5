/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "query/result.h"

/*
 * From a result to a stream of bytes.  A renderer has a function for each shape
 * that it can draw and NULL for the others; that alone says which views it has.
 *
 * Renderers know nothing of digests and do nothing but write.  What they write
 * depends on the result and the target, not on the locale or the clock.
 */

struct target {
	FILE *out;
	unsigned width; /* columns, at least TARGET_WIDTH_MIN */
	bool utf8;	/* or plain ASCII */
	bool color;
};

#define TARGET_WIDTH_MIN 40u
#define TARGET_WIDTH_MAX 1000u

struct renderer {
	const char *name;
	void (*table)(const struct target *t, const struct result *r);
	void (*tree)(const struct target *t, const struct result *r);
	void (*page)(const struct target *t, const struct result *r);
	void (*spread)(const struct target *t, const struct result *r);
	/* 0, or the error of the stream. */
	int (*stream)(const struct target *t, const struct result *r);
};

/* The formats; the last one has no name. */
extern const struct renderer render_formats[];

/* NULL: there is none of that name. */
const struct renderer *render_find(const char *name);

bool render_can(const struct renderer *renderer, enum shape shape);

/* 0 or -errno: of writing, or of the stream. */
int render_result(const struct renderer *renderer, const struct target *t,
		  const struct result *r);
