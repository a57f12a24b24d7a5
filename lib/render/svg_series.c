/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "scale.h"
#include "svg.h"

/*
 * The heap over time: live bytes with the largest in between, their error where
 * there is one, and the memory of the process; below that what was allocated a
 * second; and where lines are followed, their bytes and their shares.
 */

#define WIDTH 900.0
#define LEFT 76.0
#define RIGHT 28.0
#define HEAD 60.0
#define TALL 220.0
#define LOW 90.0
#define GAP 46.0
#define TIMES 9 /* ticks, about */

static const char *const colours[] = {"#d55e00", "#009e73", "#cc79a7",
				      "#e69f00", "#56b4e9", "#0072b2"};

struct plot {
	FILE *out;
	const struct series *s;
	double top, height; /* of the panel at hand */
	double max;	    /* its figure at the top */
};

static double x_of(const struct plot *p, uint64_t time_ns)
{
	double span = (double)(p->s->to_ns - p->s->from_ns);
	double at = (double)(time_ns - p->s->from_ns);

	return LEFT + (span > 0 ? at / span : 0) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct plot *p, double value)
{
	double part = p->max > 0 && value > 0 ? value / p->max : 0;

	return p->top + p->height * (1 - MIN(part, 1.0));
}

static void put_grid(const struct plot *p, const struct scale *figures)
{
	double span = (double)(p->s->to_ns - p->s->from_ns) * 1e-9;
	double from = (double)p->s->from_ns * 1e-9;
	struct scale time = scale_time(span, TIMES);
	unsigned n = scale_ticks(figures, p->max);
	char label[NUMBER_MAX];

	for (unsigned i = 0; i <= n; i++) {
		double y = y_of(p, scale_value(figures, i));

		svg_line(p->out, "grid", LEFT, y, WIDTH - RIGHT, y);
		svg_text(p->out, "d", LEFT - 8, y + 4, SVG_END,
			 scale_label(label, figures, i));
	}
	/* So late that a tick more is the same number, there would be no end.
	 */
	for (unsigned k = 0; span > 0 && k < 2 * TIMES; k++) {
		double i = scale_first(&time, from) + k;
		double part = (scale_value(&time, i) - from) / span;
		double x = LEFT + part * (WIDTH - LEFT - RIGHT);

		if (part > 1)
			break;
		svg_line(p->out, "axis", x, p->top + p->height, x,
			 p->top + p->height + 4);
		svg_text(p->out, "d", x, p->top + p->height + 18, SVG_MIDDLE,
			 scale_label(label, &time, i));
	}
	svg_line(p->out, "axis", LEFT, p->top + p->height, WIDTH - RIGHT,
		 p->top + p->height);
}

/* Opens a panel that reaches at least @max; the next one is below it. */
static void begin_panel(struct plot *p, const char *title, double height,
			double max, struct scale figures)
{
	if (p->max > 0)
		p->top += p->height + GAP;
	p->height = height;
	p->max = scale_value(&figures, scale_ticks(&figures, max));
	svg_text(p->out, "b", LEFT, p->top - 8, SVG_START, title);
	put_grid(p, &figures);
}

static void begin_path(const struct plot *p, const char *class)
{
	fprintf(p->out, "<path class=\"%s\" d=\"", class);
}

static void put_point(const struct plot *p, size_t i, double x, double y)
{
	fprintf(p->out, "%s%.1f,%.1f", i ? "L" : "M", x, y);
}

/* Live bytes, and down to the axis. */
static void put_area(const struct plot *p)
{
	const struct series *s = p->s;

	begin_path(p, "live");
	put_point(p, 0, x_of(p, s->times_ns[0]), y_of(p, 0));
	for (size_t i = 0; i < s->nr_points; i++)
		put_point(p, 1, x_of(p, s->times_ns[i]),
			  y_of(p, s->live[i].value));
	put_point(p, 1, x_of(p, s->times_ns[s->nr_points - 1]), y_of(p, 0));
	fputs("Z\"/>\n", p->out);
}

/* How far off live bytes may be, where they are estimates. */
static void put_band(const struct plot *p)
{
	const struct series *s = p->s;
	bool any = false;

	for (size_t i = 0; i < s->nr_points; i++)
		any |= s->live[i].error > 0;
	if (!any)
		return;
	begin_path(p, "band");
	for (size_t i = 0; i < s->nr_points; i++)
		put_point(p, i, x_of(p, s->times_ns[i]),
			  y_of(p, s->live[i].value + s->live[i].error));
	for (size_t i = s->nr_points; i-- > 0;)
		put_point(p, 1, x_of(p, s->times_ns[i]),
			  y_of(p, s->live[i].value - s->live[i].error));
	fputs("Z\"/>\n", p->out);
}

static void put_curve(const struct plot *p, const char *class,
		      const char *colour, const struct estimate *values)
{
	const struct series *s = p->s;

	fprintf(p->out, "<path class=\"%s\"", class);
	if (colour)
		fprintf(p->out, " stroke=\"%s\"", colour);
	fputs(" d=\"", p->out);
	for (size_t i = 0; i < s->nr_points; i++)
		put_point(p, i, x_of(p, s->times_ns[i]),
			  y_of(p, values[i].value));
	fputs("\"/>\n", p->out);
}

static void put_rss(const struct plot *p)
{
	const struct series *s = p->s;
	size_t n = 0;

	begin_path(p, "rss");
	for (size_t i = 0; i < s->nr_points; i++)
		if (s->rss[i])
			put_point(p, n++, x_of(p, s->times_ns[i]),
				  y_of(p, (double)s->rss[i]));
	fputs(n ? "\"/>\n" : "M0,0\"/>\n", p->out);
}

/* The most that was live since the snapshot before: what these miss. */
static void put_most(const struct plot *p)
{
	const struct series *s = p->s;

	begin_path(p, "mostline");
	for (size_t i = 1; i < s->nr_points; i++) {
		double y = y_of(p, s->max[i].value);

		put_point(p, i - 1, x_of(p, s->times_ns[i - 1]), y);
		put_point(p, 1, x_of(p, s->times_ns[i]), y);
	}
	fputs(s->nr_points > 1 ? "\"/>\n" : "M0,0\"/>\n", p->out);
}

/* In the line of a panel's title, what one of its curves is; @x moves on. */
static void put_key(const struct plot *p, double *x, const char *class,
		    const char *colour, const char *label)
{
	double y = p->top - 12;

	fprintf(p->out, "<path class=\"%s\"", class);
	if (colour)
		fprintf(p->out, " stroke=\"%s\"", colour);
	fprintf(p->out, " d=\"M%.0f,%.0fh16\"/>\n", *x, y);
	svg_text(p->out, "d", *x + 21, p->top - 8, SVG_START, label);
	*x += 40 + 6.7 * (double)strlen(label);
}

static void put_instant(const struct plot *p, const char *class,
			uint64_t time_ns, double y, const char *label)
{
	double x = x_of(p, time_ns);
	bool left = x > WIDTH * 0.7;

	svg_line(p->out, class, x, p->top, x, p->top + p->height);
	svg_text(p->out, "d", x + (left ? -5 : 5), y,
		 left ? SVG_END : SVG_START, label);
}

static double most_of_heap(const struct series *s)
{
	double most = s->peak.value;

	for (size_t i = 0; i < s->nr_points; i++) {
		most = MAX(most, s->live[i].value + s->live[i].error);
		most = MAX(most, (double)s->rss[i]);
	}
	return most;
}

static void put_heap(struct plot *p)
{
	const struct series *s = p->s;
	char bytes[NUMBER_MAX], time[NUMBER_MAX], label[NAME_BYTES];
	double most = most_of_heap(s), x = LEFT + 90;

	begin_panel(p, "Live bytes", TALL, most,
		    scale_figures(most, UNIT_BYTES, 5));
	put_key(p, &x, "mostline", NULL, "the most in between");
	put_key(p, &x, "rss", NULL, "memory of the process");
	put_area(p);
	put_most(p);
	put_band(p);
	put_curve(p, "liveline", NULL, s->live);
	put_rss(p);
	for (size_t i = 0; i < s->nr_marks; i++) {
		name_text(label, s->marks[i].label, 30, true);
		put_instant(p, "mark", s->marks[i].time_ns,
			    p->top + p->height - 8 - 14 * (double)(i % 8),
			    label);
	}
	number_estimate(bytes, s->peak, UNIT_BYTES, true);
	snprintf(label, sizeof(label), "peak %s at %s", bytes,
		 number_time(time, s->peak_ns));
	put_instant(p, "peak", s->peak_ns, p->top + 12, label);
}

static void put_rate(struct plot *p)
{
	const struct series *s = p->s;
	double most = 0;

	for (size_t i = 1; i < s->nr_points; i++)
		most = MAX(most, s->rate[i].value);
	begin_panel(p, "Allocated a second", LOW, most,
		    scale_figures(most, UNIT_RATE, 3));
	for (size_t i = 1; i < s->nr_points; i++) {
		double x = x_of(p, s->times_ns[i - 1]);
		double y = y_of(p, s->rate[i].value);

		fprintf(p->out,
			"<rect class=\"rate\" x=\"%.1f\" y=\"%.1f\" "
			"width=\"%.1f\" height=\"%.1f\"/>\n",
			x, y, MAX(x_of(p, s->times_ns[i]) - x, 0.2),
			p->top + p->height - y);
	}
}

static void put_legend(const struct plot *p)
{
	char label[NAME_BYTES];
	double x = LEFT + 190;

	for (size_t i = 0; i < p->s->nr_lines; i++) {
		name_text(label, p->s->lines[i].label, 24, true);
		put_key(p, &x, "line", colours[i % ARRAY_SIZE(colours)], label);
	}
}

static void put_lines(struct plot *p)
{
	const struct series *s = p->s;
	double most = 0;

	for (size_t k = 0; k < s->nr_lines; k++)
		for (size_t i = 0; i < s->nr_points; i++)
			most = MAX(most, s->lines[k].live[i].value);
	begin_panel(p, "Bytes of the lines", LOW * 1.5, most,
		    scale_figures(most, UNIT_BYTES, 4));
	put_legend(p);
	for (size_t k = 0; k < s->nr_lines; k++)
		put_curve(p, "line", colours[k % ARRAY_SIZE(colours)],
			  s->lines[k].live);
}

/* Of the total at that time. */
static double share_of(const struct series *s, size_t line, size_t i)
{
	double total = s->live[i].value;

	return total > 0 ? s->lines[line].live[i].value / total : 0;
}

static void put_shares(struct plot *p, double precision)
{
	const struct series *s = p->s;
	char title[NUMBER_MAX + 80], share[NUMBER_MAX];
	double most = 0;

	for (size_t k = 0; k < s->nr_lines; k++)
		for (size_t i = 0; i < s->nr_points; i++)
			most = MAX(most, share_of(s, k, i));
	snprintf(title, sizeof(title),
		 precision > 0 ? "Share of the total, of which up to %s is in "
				 "no line, by --precision"
			       : "Share of the total",
		 number_share(share, precision, 1));
	begin_panel(p, title, LOW * 1.5, most, scale_shares(most, 4));
	for (size_t k = 0; k < s->nr_lines; k++) {
		fprintf(p->out, "<path class=\"line\" stroke=\"%s\" d=\"",
			colours[k % ARRAY_SIZE(colours)]);
		for (size_t i = 0; i < s->nr_points; i++)
			put_point(p, i, x_of(p, s->times_ns[i]),
				  y_of(p, share_of(s, k, i)));
		fputs("\"/>\n", p->out);
	}
}

int svg_series(const struct target *t, const struct result *r)
{
	const struct series *s = &r->series;
	struct plot p = {.out = t->out, .s = s, .top = HEAD};
	double height = HEAD + TALL + GAP + LOW + GAP;

	if (s->nr_lines)
		height += 2 * (LOW * 1.5 + GAP);
	svg_begin(t->out, WIDTH, height - 10, &r->basis);
	svg_command(t->out, LEFT, 22, 120, &r->basis);
	if (!s->nr_points) {
		svg_text(t->out, "t", LEFT, HEAD, SVG_START,
			 "No allocation was recorded.");
	} else {
		put_heap(&p);
		put_rate(&p);
		if (s->nr_lines) {
			put_lines(&p);
			put_shares(&p, r->basis.precision);
		}
	}
	svg_end(t->out);
	return 0;
}
