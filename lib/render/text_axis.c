/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "number.h"
#include "text.h"
#include "text_axis.h"

#define MARGIN 12u
#define TICK_ROWS_MAX 4u

size_t text_axis_column(const struct text_axis *x, uint64_t ns)
{
	double span = (double)(x->to_ns - x->from_ns);
	double at = ns > x->from_ns ? (double)(ns - x->from_ns) : 0;
	size_t column = (size_t)(at / span * (double)x->width);

	return MIN(column, x->width - 1);
}

/* Ticks by number: far from the start, a step may be too small to be added. */
void text_axis_init(struct text_axis *x, const struct target *t,
		    uint64_t from_ns, uint64_t to_ns)
{
	double span_s = (double)(to_ns - from_ns) * 1e-9, first;

	*x = (struct text_axis){
		.t = t,
		.from_ns = from_ns,
		.to_ns = to_ns,
		.margin = MARGIN,
		.width = t->width - MARGIN - 1,
	};
	x->scale = scale_time(span_s, (double)x->width / TEXT_AXIS_EVERY);
	first = scale_first(&x->scale, (double)from_ns * 1e-9);
	for (size_t i = 0; i < TEXT_AXIS_TICKS; i++) {
		double n = first + (double)i;
		uint64_t ns = (uint64_t)(scale_value(&x->scale, n) * 1e9 + 0.5);

		if (ns > to_ns)
			break;
		x->ticks[i].number = n;
		x->ticks[i].column = text_axis_column(x, ns);
		x->nr_ticks++;
	}
}

void text_axis_line(const struct text_axis *x)
{
	const struct target *t = x->t;
	size_t tick = 0;

	fprintf(t->out, "%*s0%s", (int)(x->margin - 3), "",
		t->utf8 ? " └" : " +");
	for (size_t i = 0; i < x->width; i++) {
		if (tick < x->nr_ticks && i == x->ticks[tick].column) {
			fputs(t->utf8 ? "┬" : "+", t->out);
			tick++;
		} else {
			fputs(t->utf8 ? "─" : "-", t->out);
		}
	}
	fputc('\n', t->out);
}

void text_axis_labels(const struct text_axis *x)
{
	size_t used = 0;
	char label[NUMBER_MAX];

	fprintf(x->t->out, "%*s", (int)x->margin, "");
	for (size_t i = 0; i < x->nr_ticks; i++) {
		size_t at = x->ticks[i].column;
		size_t n = strlen(
			scale_label(label, &x->scale, x->ticks[i].number));

		at -= MIN(at, n / 2);
		if (at < used || at + n > x->width)
			continue;
		fprintf(x->t->out, "%*s%s", (int)(at - used), "", label);
		used = at + n;
	}
	fputc('\n', x->t->out);
}

bool text_area_init(struct text_area *a, const struct text_axis *x,
		    const struct scale *scale, double max, unsigned rows)
{
	*a = (struct text_area){
		.x = x,
		.scale = *scale,
		.ticks = scale_ticks(scale, max),
		.values = calloc(x->width, sizeof(*a->values)),
		.upper = calloc(x->width, sizeof(*a->upper)),
	};
	a->tick_rows = MIN(MAX(rows / a->ticks, 2u), TICK_ROWS_MAX);
	return a->values && a->upper;
}

void text_area_fini(struct text_area *a)
{
	free(a->values);
	free(a->upper);
}

void text_area_add(struct text_area *a, const uint64_t *times_ns, size_t i,
		   struct estimate value)
{
	size_t to = text_axis_column(a->x, times_ns[i]);
	size_t from = i ? text_axis_column(a->x, times_ns[i - 1]) : to;

	/* The column before belongs to the instant before. */
	if (i && from < to)
		from++;
	for (size_t c = from; c <= to; c++) {
		a->values[c] = MAX(a->values[c], value.value);
		a->upper[c] = MAX(a->upper[c], value.value + value.error);
	}
}

static void put_tick(const struct text_area *a, unsigned tick)
{
	const struct text_axis *x = a->x;
	char label[NUMBER_MAX];
	size_t n = strlen(scale_label(label, &a->scale, tick));

	fprintf(x->t->out, "%*s%s%s",
		(int)(x->margin - 2 > n ? x->margin - 2 - n : 0), "", label,
		x->t->utf8 ? " ┤" : " +");
}

/* Eighths of a row that are filled, 0 to 8. */
static unsigned fill_of(const struct text_area *a, double value, unsigned row)
{
	double top = scale_value(&a->scale, a->ticks);
	double rows = value / top * a->ticks * a->tick_rows - row;

	if (value > 0 && !row && rows < 0.125)
		return 1;
	return rows <= 0 ? 0 : rows >= 1 ? 8 : (unsigned)(rows * 8 + 0.5);
}

static const char *cell(const struct text_area *a, size_t column, unsigned row)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄",
					     "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ".", ".", ":",
					    ":", ":", "#", "#"};
	unsigned fill = fill_of(a, a->values[column], row);
	bool utf8 = a->x->t->utf8;

	if (!fill && fill_of(a, a->upper[column], row) >= 4)
		return utf8 ? "░" : "'";
	return utf8 ? blocks[fill] : ascii[fill];
}

static void put_row(const struct text_area *a, unsigned row)
{
	const struct target *t = a->x->t;
	size_t end = a->x->width;

	if ((row + 1) % a->tick_rows == 0)
		put_tick(a, (row + 1) / a->tick_rows);
	else
		fprintf(t->out, "%*s%s", (int)(a->x->margin - 2), "",
			t->utf8 ? " │" : " |");
	while (end && *cell(a, end - 1, row) == ' ')
		end--;
	fputs(text_begin(t, TEXT_SHARE), t->out);
	for (size_t i = 0; i < end; i++)
		fputs(cell(a, i, row), t->out);
	fprintf(t->out, "%s\n", text_end(t, TEXT_SHARE));
}

void text_area_draw(const struct text_area *a)
{
	for (unsigned row = a->ticks * a->tick_rows; row-- > 0;)
		put_row(a, row);
	text_axis_line(a->x);
}
