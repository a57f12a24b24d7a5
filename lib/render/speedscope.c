/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base.h"

#include "about.h"
#include "json_value.h"
#include "name.h"
#include "number.h"
#include "speedscope.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

struct scope {
	FILE *out;
	const struct stacks *s;
	size_t *frames; /* each group: number of its frame, plus 1 */
	size_t nr;
};

/* "ld -r -o x y; sampled every allocation; lost nothing" */
static int put_name(FILE *out, const struct result *r)
{
	char *command = about_command(r), *text = NULL;
	const char *about, *line;
	struct about a;
	size_t size, n;
	FILE *copy = open_memstream(&text, &size);

	about_begin(&a, r);
	about = about_end(&a);
	if (command && about && copy) {
		fputs(command, copy);
		while ((n = about_next(&about, &line)))
			fprintf(copy, "; %.*s", (int)n, line);
	}
	if (copy && fclose(copy)) {
		free(text);
		text = NULL;
	}
	about_fini(&a);
	free(command);
	if (text)
		json_string(out, text);
	free(text);
	return text ? 0 : -ENOMEM;
}

static void put_frame(const struct scope *s, const struct place *p)
{
	char name[NAME_BYTES];

	name_place(name, p, NAME_BYTES, true);
	fputs(s->nr > 1 ? ",\n\t{\"name\": " : "\n\t{\"name\": ", s->out);
	json_string(s->out, name);
	if (p->file) {
		fputs(", \"file\": ", s->out);
		json_string(s->out, p->file);
	}
	if (s->s->lines && p->line)
		fprintf(s->out, ", \"line\": %u", p->line);
	fputc('}', s->out);
}

/* One for each place that is on a stack; the first is for what has none. */
static void put_frames(struct scope *s)
{
	fputs("[{\"name\": \"(other)\"}", s->out);
	s->nr = 1;
	for (size_t i = 0; i < s->s->nr_rows; i++) {
		const struct stack *row = &s->s->rows[i];

		for (size_t k = 0; k < row->nr_places; k++) {
			if (s->frames[row->groups[k]])
				continue;
			s->frames[row->groups[k]] = ++s->nr;
			put_frame(s, &row->places[k]);
		}
	}
	fputc(']', s->out);
}

/* "live at 1.79 s" */
static void put_title(const struct scope *s, const struct weighing *w)
{
	const struct moment *m = &w->moment;
	char from[NUMBER_MAX], to[NUMBER_MAX], total[NUMBER_MAX];
	char text[4 * NUMBER_MAX];
	size_t n;

	number_estimate(total, m->total, w->unit, true);
	number_time(to, m->period.to_ns);
	if (m->period.instant)
		n = (size_t)snprintf(text, sizeof(text), "%s at %s: %s",
				     w->metric, to, total);
	else
		n = (size_t)snprintf(
			text, sizeof(text), "%s from %s to %s: %s", w->metric,
			number_time(from, m->period.from_ns), to, total);
	if (m->base)
		snprintf(text + n, sizeof(text) - n, " (pid %u)", m->base->pid);
	json_string(s->out, text);
}

static void put_stack(const struct scope *s, const struct stack *row)
{
	fputs(row->nr_places ? "[" : "[0", s->out);
	for (size_t k = 0; k < row->nr_places; k++)
		fprintf(s->out, "%s%zu", k ? "," : "",
			s->frames[row->groups[k]] - 1);
	fputc(']', s->out);
}

/* Figures are rounded once, and what is nothing then is left out. */
static double weight_of(const struct stack *row, size_t column)
{
	return rint(row->weights[column].value);
}

static void put_profile(const struct scope *s, size_t column)
{
	const struct weighing *w = &s->s->columns[column];
	const char *separator = "";
	double sum = 0;

	fputs(column ? ",\n\t{\"type\": \"sampled\", \"name\": "
		     : "\n\t{\"type\": \"sampled\", \"name\": ",
	      s->out);
	put_title(s, w);
	fprintf(s->out, ", \"unit\": \"%s\",\n\t \"samples\": [",
		w->unit == UNIT_BYTES ? "bytes" : "none");
	for (size_t i = 0; i < s->s->nr_rows; i++) {
		if (weight_of(&s->s->rows[i], column) <= 0)
			continue;
		fputs(separator, s->out);
		put_stack(s, &s->s->rows[i]);
		separator = ",";
	}
	fputs("],\n\t \"weights\": [", s->out);
	separator = "";
	for (size_t i = 0; i < s->s->nr_rows; i++) {
		double weight = weight_of(&s->s->rows[i], column);

		if (weight <= 0)
			continue;
		fprintf(s->out, "%s%.0f", separator, weight);
		sum += weight;
		separator = ",";
	}
	fprintf(s->out, "],\n\t \"startValue\": 0, \"endValue\": %.0f}", sum);
}

int speedscope_stacks(const struct target *t, const struct result *r)
{
	struct scope s = {.out = t->out, .s = &r->stacks};
	int err;

	s.frames = calloc(s.s->nr_groups + 1, sizeof(*s.frames));
	if (!s.frames)
		return -ENOMEM;
	fputs("{\"$schema\": \"" SCHEMA "\",\n"
	      "\"exporter\": \"heapprof@" PACKAGE_VERSION "\",\n\"name\": ",
	      t->out);
	err = put_name(t->out, r);
	fputs(",\n\"activeProfileIndex\": 0,\n\"shared\": {\"frames\": ",
	      t->out);
	put_frames(&s);
	fputs("},\n\"profiles\": [", t->out);
	for (size_t i = 0; i < s.s->nr_columns; i++)
		put_profile(&s, i);
	fputs("]}\n", t->out);
	free(s.frames);
	return err;
}
