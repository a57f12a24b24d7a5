/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "scale.h"
#include "text.h"

/*
 * The heap over time, as an area.  A column is as high as the most that was
 * live within its part of the run, so that no peak falls between two columns.
 *
 * The height is a whole number of ticks of the size axis, and a tick a whole
 * number of rows, so that labels are where they say.
 */

#define TICK_ROWS_MAX 4u
#define ROWS_AIM 10u
#define TICKS_AIM 6u
#define LABEL_EVERY 12u /* columns between ticks of the time axis, at least */
#define MARKS_MAX 9u
#define TIMES_MAX (TARGET_WIDTH_MAX / LABEL_EVERY + 2)

struct time_tick {
	double number; /* of the axis */
	size_t column;
};

struct plot {
	const struct target *t;
	const struct series *s;
	struct scale size, time;
	unsigned ticks;	    /* of size, above 0 */
	unsigned tick_rows; /* rows a tick */
	struct time_tick times[TIMES_MAX];
	size_t nr_times;
	size_t margin;	 /* columns left of the area */
	size_t width;	 /* columns of the area */
	double *columns; /* bytes */
};

static void choose_size_axis(struct plot *p)
{
	double max = p->s->peak.value;

	for (size_t i = 0; i < p->s->nr_points; i++)
		max = MAX(max, p->s->points[i].max);
	p->size = scale_figures(max, UNIT_BYTES, TICKS_AIM);
	p->ticks = scale_ticks(&p->size, max);
	p->tick_rows = MIN(MAX(ROWS_AIM / p->ticks, 2u), TICK_ROWS_MAX);
}

static size_t column_of(const struct plot *p, uint64_t time_ns)
{
	double span = (double)(p->s->to_ns - p->s->from_ns);
	double at =
		time_ns > p->s->from_ns ? (double)(time_ns - p->s->from_ns) : 0;
	size_t column = (size_t)(at / span * (double)p->width);

	return MIN(column, p->width - 1);
}

/* By number: far from the start, a step may be too small to be added. */
static void fill_times(struct plot *p)
{
	double span_s = (double)(p->s->to_ns - p->s->from_ns) * 1e-9, first;

	p->time = scale_time(span_s, (double)p->width / LABEL_EVERY);
	first = scale_first(&p->time, (double)p->s->from_ns * 1e-9);
	for (size_t i = 0; i < TIMES_MAX; i++) {
		double n = first + (double)i;
		uint64_t ns = (uint64_t)(scale_value(&p->time, n) * 1e9 + 0.5);

		if (ns > p->s->to_ns)
			break;
		p->times[p->nr_times++] =
			(struct time_tick){n, column_of(p, ns)};
	}
}

static void fill_columns(struct plot *p)
{
	const struct point *points = p->s->points;

	for (size_t i = 0; i < p->s->nr_points; i++) {
		size_t to = column_of(p, points[i].time_ns);
		size_t from = i ? column_of(p, points[i - 1].time_ns) : to;

		/* The column before belongs to the point before. */
		if (i && from < to)
			from++;
		for (size_t c = from; c <= to; c++)
			p->columns[c] = MAX(p->columns[c], points[i].max);
	}
}

static void put_tick(const struct plot *p, unsigned tick)
{
	char label[NUMBER_MAX];
	size_t n = strlen(scale_label(label, &p->size, tick));

	fprintf(p->t->out, "%*s%s%s",
		(int)(p->margin - 2 > n ? p->margin - 2 - n : 0), "", label,
		p->t->utf8 ? " ┤" : " +");
}

/* Eighths of a row that are filled, 0 to 8. */
static unsigned fill_of(const struct plot *p, double bytes, unsigned row)
{
	double top = scale_value(&p->size, p->ticks);
	double rows = bytes / top * p->ticks * p->tick_rows - row;

	if (bytes > 0 && !row && rows < 0.125)
		return 1;
	return rows <= 0 ? 0 : rows >= 1 ? 8 : (unsigned)(rows * 8 + 0.5);
}

static void put_row(const struct plot *p, unsigned row)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄",
					     "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ".", ".", ":",
					    ":", ":", "#", "#"};
	size_t end = p->width;

	if ((row + 1) % p->tick_rows == 0)
		put_tick(p, (row + 1) / p->tick_rows);
	else
		fprintf(p->t->out, "%*s%s", (int)(p->margin - 2), "",
			p->t->utf8 ? " │" : " |");
	while (end && !fill_of(p, p->columns[end - 1], row))
		end--;
	fputs(text_begin(p->t, TEXT_SHARE), p->t->out);
	for (size_t i = 0; i < end; i++) {
		unsigned fill = fill_of(p, p->columns[i], row);

		fputs(p->t->utf8 ? blocks[fill] : ascii[fill], p->t->out);
	}
	fprintf(p->t->out, "%s\n", text_end(p->t, TEXT_SHARE));
}

/* "peak 12.4 MiB at 8.2 s" and a mark above its column. */
static void put_peak(const struct plot *p)
{
	const struct target *t = p->t;
	size_t at = column_of(p, p->s->peak_ns);
	const char *mark = t->utf8 ? "▼" : "v";
	char bytes[NUMBER_MAX], time[NUMBER_MAX], label[2 * NUMBER_MAX + 16];
	size_t n;

	number_estimate(bytes, p->s->peak, UNIT_BYTES, t->utf8);
	number_time(time, p->s->peak_ns);
	snprintf(label, sizeof(label), "peak %s at %s", bytes, time);
	n = name_width(label) + 1;
	fprintf(t->out, "%*s%s", (int)p->margin, "", text_begin(t, TEXT_BOLD));
	if (at + n < p->width || at < n)
		fprintf(t->out, "%*s%s %s", (int)at, "", mark, label);
	else
		fprintf(t->out, "%*s%s %s", (int)(at - n), "", label, mark);
	fprintf(t->out, "%s\n", text_end(t, TEXT_BOLD));
}

static void put_axis(const struct plot *p)
{
	const struct target *t = p->t;
	size_t tick = 0;

	fprintf(t->out, "%*s0%s", (int)(p->margin - 3), "",
		t->utf8 ? " └" : " +");
	for (size_t i = 0; i < p->width; i++) {
		if (tick < p->nr_times && i == p->times[tick].column) {
			fputs(t->utf8 ? "┬" : "+", t->out);
			tick++;
		} else {
			fputs(t->utf8 ? "─" : "-", t->out);
		}
	}
	fputc('\n', t->out);
}

static void put_times(const struct plot *p)
{
	size_t used = 0;
	char label[NUMBER_MAX];

	fprintf(p->t->out, "%*s", (int)p->margin, "");
	for (size_t i = 0; i < p->nr_times; i++) {
		size_t at = p->times[i].column;
		size_t n = strlen(
			scale_label(label, &p->time, p->times[i].number));

		at -= MIN(at, n / 2);
		if (at < used || at + n > p->width)
			continue;
		fprintf(p->t->out, "%*s%s", (int)(at - used), "", label);
		used = at + n;
	}
	fputc('\n', p->t->out);
}

/* Numbers below the axis, and what they mean. */
static void put_marks(const struct plot *p)
{
	size_t n = MIN(p->s->nr_marks, MARKS_MAX);
	char text[NAME_BYTES], time[NUMBER_MAX];
	size_t used = 0;

	if (!n)
		return;
	fprintf(p->t->out, "%*s", (int)p->margin, "");
	for (size_t i = 0; i < n; i++) {
		size_t at = column_of(p, p->s->marks[i].time_ns);

		if (at < used)
			continue;
		fprintf(p->t->out, "%*s%zu", (int)(at - used), "", i + 1);
		used = at + 1;
	}
	fputc('\n', p->t->out);
	for (size_t i = 0; i < n; i++) {
		const struct mark *m = &p->s->marks[i];

		name_text(text, m->label, p->t->width / 2, p->t->utf8);
		fprintf(p->t->out, "%*s%zu %s at %s\n", (int)p->margin, "",
			i + 1, text, number_time(time, m->time_ns));
	}
	if (p->s->nr_marks > n)
		fprintf(p->t->out, "%*s%zu more marks\n", (int)p->margin, "",
			p->s->nr_marks - n);
}

void text_plot(const struct target *t, const struct series *s)
{
	struct plot p = {.t = t, .s = s, .margin = 12};

	if (s->to_ns <= s->from_ns || s->peak.value <= 0)
		return;
	p.width = t->width - p.margin - 1;
	p.columns = calloc(p.width, sizeof(*p.columns));
	if (!p.columns)
		return;
	choose_size_axis(&p);
	fill_times(&p);
	fill_columns(&p);
	put_peak(&p);
	for (unsigned row = p.ticks * p.tick_rows; row-- > 0;)
		put_row(&p, row);
	put_axis(&p);
	put_times(&p);
	put_marks(&p);
	free(p.columns);
}
