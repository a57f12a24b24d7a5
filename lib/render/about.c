/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "about.h"
#include "number.h"
#include "text.h"

/* Lines of the report have a margin. */
static void put_unindented(FILE *out, const char *text)
{
	const char *line;
	size_t n;

	while ((n = about_next(&text, &line))) {
		while (n && *line == ' ') {
			line++;
			n--;
		}
		fprintf(out, "%.*s\n", (int)n, line);
	}
}

/* A target in memory; its stream is NULL where there is none. */
static struct target open_text(char **text, size_t *size)
{
	*text = NULL;
	return (struct target){.out = open_memstream(text, size),
			       .width = TARGET_WIDTH_MAX};
}

char *about_command(const struct result *r)
{
	char *text;
	size_t size;
	struct target t = open_text(&text, &size);

	if (!t.out)
		return NULL;
	text_command(&t, &r->basis);
	if (fclose(t.out)) {
		free(text);
		return NULL;
	}
	text[strcspn(text, "\n")] = '\0';
	return text;
}

void about_begin(struct about *a, const struct result *r)
{
	char *text;
	size_t size;
	struct target t = open_text(&text, &size);

	*a = (struct about){0};
	a->out = open_memstream(&a->text, &a->size);
	about_line(a, "heapprof %s", PACKAGE_VERSION);
	if (!t.out)
		return;
	text_run(&t, &r->basis);
	if (!fclose(t.out) && a->out)
		put_unindented(a->out, text);
	free(text);
}

void about_line(struct about *a, const char *format, ...)
{
	va_list args;

	if (!a->out)
		return;
	va_start(args, format);
	vfprintf(a->out, format, args);
	va_end(args);
	fputc('\n', a->out);
}

void about_live(struct about *a, const struct history *h)
{
	const struct history_instant *at = &h->instants[h->at];
	char time[NUMBER_MAX], bytes[NUMBER_MAX];

	if (!h->nr_instants)
		return;
	about_line(a, "in use    %s at %s%s",
		   number_estimate(bytes, at->bytes, UNIT_BYTES, false),
		   number_time(time, at->time_ns),
		   h->at == h->peak ? ", the peak" : "");
}

void about_allocated(struct about *a, const struct history *h)
{
	char from[NUMBER_MAX], to[NUMBER_MAX];

	if (!h->ranged)
		about_line(a, "allocated over the whole run");
	else if (h->nr_instants)
		about_line(
			a, "allocated from %s to %s",
			number_time(from, h->instants[0].time_ns),
			number_time(to,
				    h->instants[h->nr_instants - 1].time_ns));
}

void about_hidden(struct about *a, const struct history *h)
{
	size_t nr = 0;

	for (size_t i = 0; i < h->nr_traces; i++)
		nr += h->traces[i].hidden;
	if (nr)
		about_line(a,
			   "left out  %zu of %zu stacks, by --focus and "
			   "--ignore",
			   nr, h->nr_traces - 1);
}

const char *about_end(struct about *a)
{
	if (a->out && fclose(a->out)) {
		free(a->text);
		a->text = NULL;
	}
	a->out = NULL;
	return a->text;
}

void about_fini(struct about *a)
{
	about_end(a);
	free(a->text);
	a->text = NULL;
}

size_t about_next(const char **text, const char **line)
{
	size_t n = strcspn(*text, "\n");

	*line = *text;
	*text += n + ((*text)[n] == '\n');
	return n;
}
