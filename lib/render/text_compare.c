/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "base.h"

#include "number.h"
#include "text.h"

/*
 * What tables and trees have where they compare: signs, how much a row has
 * grown, and a title that names the moments.
 */

static const char *mark_of(const struct target *t, struct estimate change)
{
	if (!result_is_change(change))
		return " ";
	if (change.value > 0)
		return t->utf8 ? "▲" : "+";
	return t->utf8 ? "▼" : "-";
}

void text_mark(const struct target *t, struct estimate change)
{
	fprintf(t->out, "%s%s%s", text_begin(t, TEXT_SHARE), mark_of(t, change),
		text_end(t, TEXT_SHARE));
}

static void put_growth(char *out, double before, double after)
{
	double part = before > 0 ? (after - before) / before : 0;

	if (before <= 0 || after <= 0)
		snprintf(out, NUMBER_MAX, "%s", after > 0 ? "new" : "gone");
	else if (part >= 10)
		snprintf(out, NUMBER_MAX, "x%.4g", round(after / before));
	else
		snprintf(out, NUMBER_MAX, "%+.*f%%", fabs(part) < 0.1,
			 part * 100);
}

void text_change(const struct target *t, struct estimate change, double before,
		 double after)
{
	char text[NUMBER_MAX] = "";

	if (change.value != 0)
		put_growth(text, before, after);
	text_mark(t, change);
	fprintf(t->out, "%s %6s%s", text_begin(t, TEXT_SHARE), text,
		text_end(t, TEXT_SHARE));
}

void text_compared_with(const struct target *t, const struct basis *base)
{
	if (!base)
		return;
	fputs("compared with ", t->out);
	text_command(t, base);
	text_basis(t, base);
}

/* "12.3 MiB at 2.4 s"; of two profiles, "12.3 MiB (at 2.4 s, pid 123)". */
static void put_moment(const struct target *t, const struct comparison *c,
		       const struct basis *b, const struct moment *m)
{
	const char *at = m->period.instant ? "at" : "by";
	char text[NUMBER_MAX];

	fputs(number_estimate(text, m->total, c->unit, t->utf8), t->out);
	number_time(text, m->period.to_ns);
	if (c->moments[0].base)
		fprintf(t->out, " (pid %u, %s %s)",
			m->base ? m->base->pid : b->pid, at, text);
	else
		fprintf(t->out, " %s %s", at, text);
}

void text_change_title(const struct target *t, const struct comparison *c,
		       const struct basis *b)
{
	char text[NUMBER_MAX];

	fprintf(t->out, "\n%s%s%s: %s%s%s\n", text_begin(t, TEXT_BOLD),
		c->title, text_end(t, TEXT_BOLD),
		c->change.value > 0 ? "+" : "",
		number_estimate(text, c->change, c->unit, t->utf8),
		c->change.value != 0 && !result_is_change(c->change)
			? ", which may be chance"
			: "");
	for (size_t i = 0; i < c->nr_moments; i++) {
		fputs(i == 0		      ? "  from "
		      : i + 1 < c->nr_moments ? " over "
					      : " to ",
		      t->out);
		put_moment(t, c, b, &c->moments[i]);
	}
	fputc('\n', t->out);
}
