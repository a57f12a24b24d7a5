/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"
#include "text_axis.h"

/* The heap over time, and what goes with it. */

#define ROWS 10u
#define TICKS 6u
#define SMALL_ROWS 4u /* of what goes with it */
#define SMALL_TICKS 2u
#define MARKS_MAX 9u

/* "peak 12.4 MiB at 8.2 s" and a mark above its column. */
static void put_peak(const struct text_axis *x, const struct series *s)
{
	const struct target *t = x->t;
	size_t at = text_axis_column(x, s->peak_ns);
	const char *mark = t->utf8 ? "▼" : "v";
	char bytes[NUMBER_MAX], time[NUMBER_MAX], label[2 * NUMBER_MAX + 16];
	size_t n;

	number_estimate(bytes, s->peak, UNIT_BYTES, t->utf8);
	number_time(time, s->peak_ns);
	snprintf(label, sizeof(label), "peak %s at %s", bytes, time);
	n = name_width(label) + 1;
	fprintf(t->out, "%*s%s", (int)x->margin, "", text_begin(t, TEXT_BOLD));
	if (at + n < x->width || at < n)
		fprintf(t->out, "%*s%s %s", (int)at, "", mark, label);
	else
		fprintf(t->out, "%*s%s %s", (int)(at - n), "", label, mark);
	fprintf(t->out, "%s\n", text_end(t, TEXT_BOLD));
}

/* Numbers below the axis, and what they mean. */
static void put_marks(const struct text_axis *x, const struct series *s)
{
	const struct target *t = x->t;
	size_t n = MIN(s->nr_marks, MARKS_MAX);
	char text[NAME_BYTES], time[NUMBER_MAX];
	size_t used = 0;

	if (!n)
		return;
	fprintf(t->out, "%*s", (int)x->margin, "");
	for (size_t i = 0; i < n; i++) {
		size_t at = text_axis_column(x, s->marks[i].time_ns);

		if (at < used)
			continue;
		fprintf(t->out, "%*s%zu", (int)(at - used), "", i + 1);
		used = at + 1;
	}
	fputc('\n', t->out);
	for (size_t i = 0; i < n; i++) {
		const struct mark *m = &s->marks[i];

		name_text(text, m->label, t->width / 2, t->utf8);
		fprintf(t->out, "%*s%zu %s at %s\n", (int)x->margin, "", i + 1,
			text, number_time(time, m->time_ns));
	}
	if (s->nr_marks > n)
		fprintf(t->out, "%*s%zu more marks\n", (int)x->margin, "",
			s->nr_marks - n);
}

/* @errors: also how far off it may be. */
static void put_heap(const struct text_axis *x, const struct series *s,
		     bool errors)
{
	double max = s->peak.value;
	struct text_area area;
	struct scale scale;

	for (size_t i = 0; i < s->nr_points; i++)
		max = MAX(max, s->max[i].value);
	scale = scale_figures(max, UNIT_BYTES, TICKS);
	if (text_area_init(&area, x, &scale, max, ROWS)) {
		for (size_t i = 0; i < s->nr_points; i++) {
			struct estimate e = s->max[i];

			if (!errors)
				e.error = 0;
			text_area_add(&area, s->times_ns, i, e);
		}
		put_peak(x, s);
		text_area_draw(&area);
		text_axis_labels(x);
		put_marks(x, s);
	}
	text_area_fini(&area);
}

void text_plot(const struct target *t, const struct series *s)
{
	struct text_axis x;

	if (s->to_ns <= s->from_ns || s->peak.value <= 0)
		return;
	text_axis_init(&x, t, s->from_ns, s->to_ns);
	put_heap(&x, s, false);
}

static void put_title(const struct target *t, const char *title)
{
	fprintf(t->out, "\n%s%s%s", text_begin(t, TEXT_BOLD), title,
		text_end(t, TEXT_BOLD));
}

/* ": at most 12.4 MiB at 8.2 s" */
static void put_most(const struct target *t, double value, enum unit unit,
		     uint64_t time_ns)
{
	char figure[NUMBER_MAX], time[NUMBER_MAX];

	fprintf(t->out, ": at most %s at %s\n",
		number_value(figure, value, unit), number_time(time, time_ns));
}

static struct estimate rss_at(const struct series *s, size_t i)
{
	return (struct estimate){(double)s->rss[i], 0};
}

static struct estimate rate_at(const struct series *s, size_t i)
{
	return i ? s->rate[i] : (struct estimate){0, 0};
}

/* A small area of one of the figures, unless that is 0 throughout. */
static void put_small(const struct text_axis *x, const struct series *s,
		      const char *title,
		      struct estimate (*get)(const struct series *s, size_t i),
		      enum unit unit)
{
	struct text_area area;
	struct scale scale;
	double max = 0;
	size_t at = 0;

	for (size_t i = 0; i < s->nr_points; i++)
		if (get(s, i).value > max) {
			max = get(s, i).value;
			at = i;
		}
	if (max <= 0)
		return;
	scale = scale_figures(max, unit, SMALL_TICKS);
	if (text_area_init(&area, x, &scale, max, SMALL_ROWS)) {
		for (size_t i = 0; i < s->nr_points; i++)
			text_area_add(&area, s->times_ns, i, get(s, i));
		put_title(x->t, title);
		put_most(x->t, max, unit, s->times_ns[at]);
		text_area_draw(&area);
		text_axis_labels(x);
	}
	text_area_fini(&area);
}

static double share_at(const struct series *s, const struct series_line *l,
		       size_t i)
{
	return s->live[i].value > 0 ? l->live[i].value / s->live[i].value : 0;
}

/* What the panels of all lines have in common. */
struct line_panels {
	const struct text_axis *x;
	const struct series *s;
	double max, max_share;
	struct scale scale, share_scale;
};

static void choose_scales(struct line_panels *p)
{
	const struct series *s = p->s;

	for (size_t k = 0; k < s->nr_lines; k++)
		for (size_t i = 0; i < s->nr_points; i++) {
			const struct series_line *l = &s->lines[k];

			p->max = MAX(p->max, l->live[i].value);
			p->max_share = MAX(p->max_share, share_at(s, l, i));
		}
	p->scale = scale_figures(p->max, UNIT_BYTES, SMALL_TICKS);
	p->share_scale = scale_shares(p->max_share, 1);
}

/* The index of the most of @l. */
static size_t find_most(const struct series *s, const struct series_line *l)
{
	size_t at = 0;

	for (size_t i = 0; i < s->nr_points; i++)
		if (l->live[i].value > l->live[at].value)
			at = i;
	return at;
}

/* ": at most 12.4 MiB +-3% at 8.2 s, then 43.1% of the total" */
static void put_line_most(const struct line_panels *p,
			  const struct series_line *l, size_t title)
{
	const struct target *t = p->x->t;
	size_t at = find_most(p->s, l);
	char bytes[NUMBER_MAX], time[NUMBER_MAX], share[NUMBER_MAX];
	char most[2 * NUMBER_MAX + 32], then[NUMBER_MAX + 32];

	snprintf(most, sizeof(most), ": at most %s at %s,",
		 number_estimate(bytes, l->live[at], UNIT_BYTES, t->utf8),
		 number_time(time, p->s->times_ns[at]));
	snprintf(then, sizeof(then), "then %s of the total",
		 number_share(share, l->live[at].value, p->s->live[at].value));
	fputs(most, t->out);
	if (title + name_width(most) + 1 + strlen(then) > t->width)
		fprintf(t->out, "\n%*s%s\n", (int)p->x->margin, "", then);
	else
		fprintf(t->out, " %s\n", then);
}

static void draw_line(const struct line_panels *p, const struct series_line *l)
{
	struct text_area bytes, share;
	bool ok = text_area_init(&bytes, p->x, &p->scale, p->max, SMALL_ROWS);

	ok &= text_area_init(&share, p->x, &p->share_scale, p->max_share, 2);
	for (size_t i = 0; i < p->s->nr_points && ok; i++) {
		struct estimate e = {share_at(p->s, l, i), 0};

		text_area_add(&bytes, p->s->times_ns, i, l->live[i]);
		text_area_add(&share, p->s->times_ns, i, e);
	}
	if (ok) {
		text_area_draw(&bytes);
		text_area_draw(&share);
		text_axis_labels(p->x);
	}
	text_area_fini(&bytes);
	text_area_fini(&share);
}

static void put_line(const struct line_panels *p, const struct series_line *l)
{
	const struct target *t = p->x->t;
	char label[NAME_BYTES];
	size_t n = name_text(label, l->label, t->width / 2, t->utf8);

	put_title(t, label);
	if (l->live[find_most(p->s, l)].value <= 0) {
		fputs(": nothing at any snapshot\n", t->out);
		return;
	}
	put_line_most(p, l, n);
	draw_line(p, l);
}

static void put_lines(const struct text_axis *x, const struct series *s,
		      const struct basis *b)
{
	struct line_panels p = {.x = x, .s = s};
	char share[NUMBER_MAX];

	if (!s->nr_lines)
		return;
	put_title(x->t, "Lines, with what they call: bytes, and share of the "
			"total\n");
	if (b->precision > 0)
		fprintf(x->t->out,
			"  up to %s of the total is in no line, by "
			"--precision\n",
			number_share(share, b->precision, 1));
	choose_scales(&p);
	for (size_t k = 0; k < s->nr_lines; k++)
		put_line(&p, &s->lines[k]);
}

int text_series(const struct target *t, const struct result *r)
{
	const struct series *s = &r->series;
	struct text_axis x;

	text_command(t, &r->basis);
	text_basis(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	put_title(t, s->filtered ? "Live bytes of the stacks left by --focus "
				   "and --ignore"
				 : "Live bytes");
	if (s->to_ns <= s->from_ns || s->peak.value <= 0) {
		fputs(s->peak.value > 0 ? ": there is one instant only\n"
					: ": nothing was live at any time\n",
		      t->out);
		return 0;
	}
	fputc('\n', t->out);
	text_axis_init(&x, t, s->from_ns, s->to_ns);
	put_heap(&x, s, true);
	put_small(&x, s, "Allocated a second", rate_at, UNIT_RATE);
	put_small(&x, s, "In memory (RSS)", rss_at, UNIT_BYTES);
	put_lines(&x, s, &r->basis);
	return 0;
}
