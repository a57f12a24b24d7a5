/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "base.h"

#include "name.h"
#include "number.h"
#include "svg.h"

/*
 * The root on top, below each node what it calls, as wide as it weighs.  A
 * colour is a module's; where moments are compared, what grew is red, what
 * shrank blue, the stronger the more of the node that is, and grey what may be
 * chance.  A script, where those are on, zooms and searches: web/svg/flame.js
 * knows what a node is made of.
 */

#define WIDTH 1200.0
#define MARGIN 10.0
#define HEAD 48.0
#define ROW 18.0
#define LETTER 6.7			 /* width of one, of the class "n" */
#define MOMENT_MAX (2 * NUMBER_MAX + 32) /* bytes of a moment in words */
#define NARROW 0.1			 /* narrower nodes are not drawn */

struct flame {
	FILE *out;
	const struct flame_graph *f;
	double scale; /* units of the picture for one of the figure */
};

static const char *colour_of_module(const struct flame_node *n)
{
	static const char *const colours[] = {"#f0c05a", "#8cc8ee", "#f2a36b",
					      "#7fd0b4", "#efe27a", "#d9a6c3"};
	uint32_t hash = 2166136261;

	if (n->folded || n->depth == 0 || !n->place.module)
		return "#c8c8c8";
	for (const char *p = n->place.module; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619;
	return colours[(hash >> 8) % ARRAY_SIZE(colours)];
}

/* From white to full, by the part of the node that changed. */
static void put_change_colour(const struct flame *s, const struct flame_node *n)
{
	double change = n->change.value, part;
	int weak, other;

	if (change == 0 || fabs(change) <= n->change.error) {
		fputs("#d0d0d0", s->out);
		return;
	}
	part = n->width > 0 ? MIN(fabs(change) / n->width, 1.0) : 1;
	weak = (int)(235 - part * 150);
	other = (int)(235 - part * 75);
	if (change > 0)
		fprintf(s->out, "#ff%02x%02x", weak + 20, weak);
	else
		fprintf(s->out, "#%02x%02xff", weak, other);
}

static void name_node(const struct flame_node *n, size_t columns, char *out)
{
	if (n->depth == 0)
		name_text(out, "all", columns, true);
	else if (n->folded)
		name_text(out, "(small ones)", columns, true);
	else
		name_place(out, &n->place, columns, true);
}

/* What a reader sees who points at it. */
static void put_title(const struct flame *s, const struct flame_node *n)
{
	const struct flame_graph *f = s->f;
	char text[NAME_BYTES], number[NUMBER_MAX];

	fputs("<title>", s->out);
	name_node(n, NAME_BYTES / 4, text);
	svg_escape(s->out, text);
	for (size_t k = 0; k < f->nr_moments; k++) {
		number_estimate(number, n->weights[k], f->unit, true);
		fprintf(s->out, "%s%s", k ? ", then " : "\n", number);
	}
	if (f->nr_moments == 1) {
		number_share(number, n->weights[0].value,
			     f->nodes[0].weights[0].value);
		fputs(", ", s->out);
		svg_escape(s->out, number); /* "<0.1%" */
	}
	if (n->depth && name_where(text, &n->place, 200, true)) {
		fputs("\n", s->out);
		svg_escape(s->out, text);
	}
	fputs("</title>", s->out);
}

static void put_node(const struct flame *s, const struct flame_node *n)
{
	double x = MARGIN + n->start * s->scale, y = HEAD + n->depth * ROW;
	double width = n->width * s->scale;
	char name[NAME_BYTES];

	if (width < NARROW)
		return;
	fprintf(s->out,
		"<g><rect class=\"frame\" x=\"%.3f\" y=\"%.1f\" "
		"width=\"%.3f\" height=\"%.0f\" rx=\"1\" fill=\"",
		x, y, width, ROW - 1);
	if (s->f->nr_moments > 1)
		put_change_colour(s, n);
	else
		fputs(colour_of_module(n), s->out);
	fputs("\"/>", s->out);
	put_title(s, n);
	if (width > 4 * LETTER) {
		name_node(n, (size_t)((width - 6) / LETTER), name);
		svg_text(s->out, "n", x + 3, y + 12.5, SVG_START, name);
	}
	fputs("</g>\n", s->out);
}

static void put_moment(const struct flame *s, const struct moment *m, char *out)
{
	char total[NUMBER_MAX], time[NUMBER_MAX];

	number_estimate(total, m->total, s->f->unit, true);
	number_time(time, m->period.to_ns);
	snprintf(out, MOMENT_MAX, "%s %s %s%s", total,
		 m->period.instant ? "at" : "by", time,
		 m->base ? " (the other profile)" : "");
}

static void put_head(const struct flame *s, const struct result *r)
{
	const struct flame_graph *f = s->f;
	char text[2 * MOMENT_MAX + 64], moment[MOMENT_MAX];
	size_t n = 0;

	put_moment(s, &f->moments[0], moment);
	n = (size_t)snprintf(text, sizeof(text), "%s: %s", f->metric, moment);
	if (f->nr_moments > 1) {
		put_moment(s, &f->moments[f->nr_moments - 1], moment);
		snprintf(text + n, sizeof(text) - n,
			 ", then %s; red grew, blue shrank", moment);
	}
	svg_text(s->out, "b", MARGIN, 20, SVG_START, text);
	svg_command(s->out, MARGIN, 38, 170, &r->basis);
}

int svg_flame(const struct target *t, const struct result *r)
{
	const struct flame_graph *f = &r->flame;
	double whole = f->nr_nodes ? f->nodes[0].width : 0;
	struct flame s = {
		.out = t->out,
		.f = f,
		.scale = whole > 0 ? (WIDTH - 2 * MARGIN) / whole : 0,
	};

	svg_begin(t->out, WIDTH, HEAD + (f->depth + 1) * ROW + MARGIN,
		  &r->basis);
	put_head(&s, r);
	for (size_t i = 0; i < f->nr_nodes; i++)
		put_node(&s, &f->nodes[i]);
	svg_script(t->out);
	svg_end(t->out);
	return 0;
}
