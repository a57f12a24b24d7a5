/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "json.h"
#include "json_value.h"

struct writer {
	FILE *out;
	const struct stacks *s;
	size_t *frames; /* each group: number of its frame, plus 1 */
};

/* Each place once: stacks have much in common. */
static void put_frames(struct writer *w)
{
	size_t nr = 0;

	fputs(",\n  \"frames\": [", w->out);
	for (size_t i = 0; i < w->s->nr_rows; i++) {
		const struct stack *row = &w->s->rows[i];

		for (size_t k = 0; k < row->nr_places; k++) {
			if (w->frames[row->groups[k]])
				continue;
			fputs(nr ? ",\n    {" : "\n    {", w->out);
			json_place(w->out, &row->places[k]);
			fputc('}', w->out);
			w->frames[row->groups[k]] = ++nr;
		}
	}
	fputs("]", w->out);
}

static void put_row(const struct writer *w, const struct stack *row)
{
	fputs("{\"stack\": [", w->out);
	for (size_t k = 0; k < row->nr_places; k++)
		fprintf(w->out, "%s%zu", k ? ", " : "",
			w->frames[row->groups[k]] - 1);
	fputs("], ", w->out);
	json_estimates(w->out, "weight", row->weights, w->s->nr_moments);
	if (w->s->nr_moments > 1) {
		fputs(", \"change\": ", w->out);
		json_estimate(w->out, row->change);
	}
	fputc('}', w->out);
}

/* Of the first metric, which is the one that was asked for. */
static int put_moments(const struct writer *w)
{
	size_t n = w->s->nr_moments;
	struct moment *moments = calloc(n, sizeof(*moments));

	if (!moments)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++)
		moments[k] = w->s->columns[k].moment;
	json_moments(w->out, moments, n, "  ");
	fputs(",\n  \"hidden\": [", w->out);
	for (size_t k = 0; k < n; k++) {
		fputs(k ? ", " : "", w->out);
		json_estimate(w->out, w->s->columns[k].hidden);
	}
	fputc(']', w->out);
	free(moments);
	return 0;
}

int json_stacks(const struct target *t, const struct result *r)
{
	struct writer w = {.out = t->out, .s = &r->stacks};
	int err;

	w.frames = calloc(w.s->nr_groups + 1, sizeof(*w.frames));
	if (!w.frames)
		return -ENOMEM;
	json_basis(t->out, r);
	fputs(",\n  \"metric\": ", t->out);
	json_string(t->out, w.s->columns[0].metric);
	err = put_moments(&w);
	if (w.s->nr_moments > 1) {
		fputs(",\n  \"change\": ", t->out);
		json_estimate(t->out, w.s->change);
	}
	put_frames(&w);
	fputs(",\n  \"rows\": [", t->out);
	for (size_t i = 0; i < w.s->nr_rows; i++) {
		fputs(i ? ",\n    " : "\n    ", t->out);
		put_row(&w, &w.s->rows[i]);
	}
	fputs("]\n}\n", t->out);
	free(w.frames);
	return err;
}
