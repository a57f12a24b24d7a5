/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "query/history.h"
#include "query/result.h"

/*
 * From a result to a stream of bytes.  A renderer has a function for each shape
 * that it can draw; that alone says which views it has.
 *
 * Renderers know nothing of digests and do nothing but write; but graphs are
 * laid out by graphviz.  What they write depends on the result and the target,
 * not on the locale or the clock.
 */

struct target {
	FILE *out;
	unsigned width; /* columns, at least TARGET_WIDTH_MIN */
	bool utf8;	/* or plain ASCII */
	bool color;
	char *why; /* TARGET_WHY bytes: what an error is, if there is more to
		      say than its number; or "" */
};

#define TARGET_WHY 256u

#define TARGET_WIDTH_MIN 40u
#define TARGET_WIDTH_MAX 1000u

/* 0, or the error of what it pulls from the result. */
typedef int render_shape(const struct target *t, const struct result *r);

/* Options that a renderer of a history leaves to the query. */
enum render_scope {
	RENDER_ANY,    /* all that the view has a use for */
	RENDER_MOMENT, /* --at, --from, --to */
	RENDER_RANGE,  /* --from, --to */
	RENDER_RUN,    /* none of them: it is about the whole run */
};

struct renderer {
	const char *name;
	render_shape *draw[SHAPE_MAX]; /* NULL: it cannot */
};

/* The formats; the last one has no name. */
extern const struct renderer render_formats[];

/* NULL: there is none of that name. */
const struct renderer *render_find(const char *name);

/* Does it draw a history better with the log at hand? */
bool render_wants_log(const struct renderer *renderer);

enum render_scope render_scope(const struct renderer *renderer);

/* What it can draw: a set of SHAPE_BIT(). */
uint32_t render_shapes(const struct renderer *renderer);

/* Why this library was built without it; NULL: it was not. */
const char *render_lacks(const struct renderer *renderer);

/* 0 or -errno: of writing, or of what is pulled. */
int render_result(const struct renderer *renderer, const struct target *t,
		  const struct result *r);
