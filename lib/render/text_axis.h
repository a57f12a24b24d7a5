/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"
#include "scale.h"

/*
 * Areas over a time axis, drawn with characters.  Several areas can have the
 * same axis, and stand below each other then.
 */

#define TEXT_AXIS_EVERY 12u /* columns between ticks, at least */
#define TEXT_AXIS_TICKS (TARGET_WIDTH_MAX / TEXT_AXIS_EVERY + 2)

struct text_axis {
	const struct target *t;
	uint64_t from_ns, to_ns;
	size_t margin; /* columns left of the area */
	size_t width;  /* columns of the area */
	struct scale scale;
	struct {
		double number; /* of the scale */
		size_t column;
	} ticks[TEXT_AXIS_TICKS];
	size_t nr_ticks;
};

/* From @from_ns to @to_ns, which is later. */
void text_axis_init(struct text_axis *x, const struct target *t,
		    uint64_t from_ns, uint64_t to_ns);

/* The column of an instant. */
size_t text_axis_column(const struct text_axis *x, uint64_t ns);

/* The line below an area, and the times below that. */
void text_axis_line(const struct text_axis *x);
void text_axis_labels(const struct text_axis *x);

/*
 * The height is a whole number of ticks of the scale, and a tick a whole number
 * of rows, so that labels are where they say.
 */
struct text_area {
	const struct text_axis *x;
	struct scale scale;
	unsigned ticks;	    /* above 0 */
	unsigned tick_rows; /* rows a tick */
	double *values;	    /* each column */
	double *upper;	    /* each column, the end of its error */
};

/* About @rows high, for figures up to @max.  False: no memory. */
bool text_area_init(struct text_area *a, const struct text_axis *x,
		    const struct scale *scale, double max, unsigned rows);
void text_area_fini(struct text_area *a);

/*
 * @value at times[i], and since times[i - 1].  Columns are as high as the most
 * that was within them, so that no peak falls between two.
 */
void text_area_add(struct text_area *a, const uint64_t *times_ns, size_t i,
		   struct estimate value);

void text_area_draw(const struct text_area *a);
