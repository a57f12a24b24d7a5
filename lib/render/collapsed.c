/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "collapsed.h"
#include "frame.h"
#include "name.h"

struct line {
	char *stack;
	double before, after; /* the same, of a single moment */
};

/* What would spoil a line is escaped by name_*(), and what separates frames
   becomes a colon. */
static void put_name(FILE *out, char *name)
{
	for (char *at = name; (at = strchr(at, ';'));)
		*at = ':';
	fputs(name, out);
}

/* "parse" or, by line, "parse xml.c:12". */
static void put_frame(FILE *out, const struct place *p, bool line)
{
	char name[NAME_BYTES];

	name_place(name, p, NAME_BYTES, true);
	put_name(out, name);
	if (!line || !p->line || !p->file)
		return;
	name_text(name, frame_basename(p->file), NAME_BYTES, true);
	fputc(' ', out);
	put_name(out, name);
	fprintf(out, ":%u", p->line);
}

char *collapsed_join(const struct stack *s, bool lines)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (!s->nr_places)
		fputs("(other)", out);
	for (size_t i = 0; i < s->nr_places; i++) {
		fputs(i ? ";" : "", out);
		put_frame(out, &s->places[i], lines);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int compare_lines(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	return strcmp(a->stack, b->stack);
}

/* Figures are rounded once, after all that has one text was added up. */
static void put_lines(FILE *out, const struct line *lines, size_t n,
		      bool compared)
{
	for (size_t i = 0, end; i < n; i = end) {
		double before = 0, after = 0;

		for (end = i; end < n; end++) {
			if (strcmp(lines[end].stack, lines[i].stack) != 0)
				break;
			before += lines[end].before;
			after += lines[end].after;
		}
		if (rint(before) == 0 && rint(after) == 0)
			continue;
		fprintf(out, "%s ", lines[i].stack);
		if (compared)
			fprintf(out, "%.0f ", rint(before));
		fprintf(out, "%.0f\n", rint(after));
	}
}

int collapsed_stacks(const struct target *t, const struct result *r)
{
	const struct stacks *s = &r->stacks;
	struct line *lines = calloc(s->nr_rows + 1, sizeof(*lines));
	int err = lines ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->nr_rows && !err; i++) {
		const struct stack *row = &s->rows[i];

		lines[i].before = row->weights[0].value;
		lines[i].after = row->weights[s->nr_moments - 1].value;
		lines[i].stack = collapsed_join(row, s->lines);
		if (!lines[i].stack)
			err = -ENOMEM;
	}
	if (!err) {
		qsort(lines, s->nr_rows, sizeof(*lines), compare_lines);
		put_lines(t->out, lines, s->nr_rows, s->nr_moments > 1);
	}
	for (size_t i = 0; lines && i < s->nr_rows; i++)
		free(lines[i].stack);
	free(lines);
	return err;
}
