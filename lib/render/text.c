/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "number.h"
#include "text.h"

const char *text_begin(const struct target *t, enum text_style style)
{
	static const char *const codes[] = {
		[TEXT_PLAIN] = "",	    [TEXT_BOLD] = "\033[1m",
		[TEXT_DIM] = "\033[2m",	    [TEXT_SHARE] = "\033[36m",
		[TEXT_WARN] = "\033[1;33m", [TEXT_MORE] = "\033[31m",
		[TEXT_LESS] = "\033[34m",
	};

	return t->color ? codes[style] : "";
}

const char *text_end(const struct target *t, enum text_style style)
{
	return t->color && style != TEXT_PLAIN ? "\033[0m" : "";
}

const struct target *text_grey(struct grey *g, const struct target *t)
{
	g->target = *t;
	g->text = NULL;
	if (!t->color)
		return t;
	g->target.color = false;
	g->target.out = open_memstream(&g->text, &g->size);
	return g->target.out ? &g->target : t;
}

/* Line by line: pagers end all colours with the line. */
void text_grey_end(struct grey *g, const struct target *t)
{
	char *line, *rest;

	if (!t->color || !g->target.out)
		return;
	if (!fclose(g->target.out))
		for (rest = g->text; (line = strsep(&rest, "\n")) && rest;)
			fprintf(t->out, "%s%s%s\n", text_begin(t, TEXT_DIM),
				line, text_end(t, TEXT_DIM));
	free(g->text);
}

const char *text_kind(enum place_kind kind)
{
	switch (kind) {
	case PLACE_MODULE:
		return "module";
	case PLACE_THREAD:
		return "thread";
	case PLACE_PROCESS:
		return "process";
	default:
		return "function";
	}
}

void text_spaces(const struct target *t, size_t n)
{
	fprintf(t->out, "%*s", (int)n, "");
}

void text_right(const struct target *t, const char *text, size_t width)
{
	size_t n = name_width(text);

	text_spaces(t, width > n ? width - n : 0);
	fputs(text, t->out);
}

void text_command(const struct target *t, const struct basis *b)
{
	char line[NAME_BYTES], word[NAME_BYTES];
	size_t used = 0, n = 0;

	line[0] = '\0';
	for (size_t i = 0; b->argv && b->argv[i] && used < t->width; i++) {
		const char *shown = b->argv[i];
		size_t columns =
			name_text(word, shown, t->width - used, t->utf8);

		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
				      i ? " " : "", word);
		used += columns + 1;
		if (n >= sizeof(line))
			break;
	}
	if (!*line && b->program)
		name_text(line, b->program, t->width, t->utf8);
	fprintf(t->out, "%s%s%s\n", text_begin(t, TEXT_BOLD),
		*line ? line : "(unknown program)", text_end(t, TEXT_BOLD));
}

/* A part of the line, on a new one where it would not fit. */
static void part(const struct target *t, size_t *used, uint64_t n,
		 const char *what)
{
	char number[NUMBER_MAX], text[2 * NUMBER_MAX];
	size_t width;

	snprintf(text, sizeof(text), "%s %s", number_count(number, (double)n),
		 what);
	width = name_width(text);
	if (*used)
		fputs(*used + 2 + width > t->width ? ",\n" : ", ", t->out);
	*used = *used + 2 + width > t->width ? width : *used + 2 + width;
	fputs(text, t->out);
}

void text_basis(const struct target *t, const struct basis *b)
{
	size_t used = 0;

	fputs(text_begin(t, TEXT_DIM), t->out);
	/* Version 1 did not count them. */
	if (b->seen || !b->recorded)
		part(t, &used, b->seen,
		     b->seen == 1 ? "allocation seen" : "allocations seen");
	part(t, &used, b->recorded,
	     b->seen || !b->recorded ? "recorded" : "allocations recorded");
	part(t, &used, b->lost, "lost");
	if (b->cut_stacks)
		part(t, &used, b->cut_stacks, "stacks cut");
	part(t, &used, b->unknown_stacks,
	     b->cut_stacks ? "unknown" : "stacks unknown");
	if (b->damaged_bytes)
		part(t, &used, b->damaged_bytes, "bytes damaged");
	fprintf(t->out, "%s\n", text_end(t, TEXT_DIM));
}

static void loss(const struct target *t, const char **separator, uint64_t n,
		 const char *what)
{
	char number[NUMBER_MAX];

	if (!n)
		return;
	fprintf(t->out, "%s%s %s", *separator, number_exact(number, n), what);
	*separator = ", ";
}

/* What is there, but not all that one would like to know of it. */
static void missing(const struct target *t, const struct basis *b)
{
	const char *separator = "  missing   ";
	char cut[64];

	snprintf(cut, sizeof(cut), "deeper than %u", b->depth);
	loss(t, &separator, b->unknown_stacks,
	     b->unknown_stacks == 1 ? "stack" : "stacks");
	if (b->cut_stacks) {
		fprintf(t->out, "%s", separator);
		separator = "ends of ";
		loss(t, &separator, b->cut_stacks, cut);
	}
	if (b->unknown_modules)
		fprintf(t->out, "%ssymbols of %llu module%s", separator,
			(unsigned long long)b->unknown_modules,
			b->unknown_modules == 1 ? "" : "s");
	if (*separator == ',' || b->unknown_modules)
		fputc('\n', t->out);
}

void text_losses(const struct target *t, const struct basis *b)
{
	const char *separator = "";
	char number[NUMBER_MAX];

	if (b->lost || b->damaged_bytes || b->shortened) {
		fprintf(t->out, "  %slost%s      ", text_begin(t, TEXT_WARN),
			text_end(t, TEXT_WARN));
		loss(t, &separator, b->lost, "events");
		if (b->damaged_bytes) {
			fprintf(t->out, "%s%s of damaged log", separator,
				number_size(number, b->damaged_bytes));
			separator = ", ";
		}
		if (b->shortened)
			fprintf(t->out,
				"%swhat followed: the digest was "
				"interrupted",
				separator);
		fputc('\n', t->out);
	} else {
		fputs("  lost      nothing\n", t->out);
	}
	missing(t, b);
}

bool text_foreign(const struct target *t, const struct basis *b)
{
	if (!b->foreign_malloc)
		return false;
	fprintf(t->out,
		"\n%sNothing was recorded: the program brought a malloc of its "
		"own.%s\n"
		"Its executable has an allocator built in (jemalloc, tcmalloc "
		"or one of its\n"
		"own), so its calls never reach the C library's.  Build it "
		"without, or with\n"
		"the allocator as a shared library, to see its memory.\n",
		text_begin(t, TEXT_WARN), text_end(t, TEXT_WARN));
	return true;
}

void text_period(const struct target *t, struct period p, const struct basis *b)
{
	char from[NUMBER_MAX], to[NUMBER_MAX];

	number_time(from, p.from_ns);
	number_time(to, p.to_ns);
	if (p.instant)
		fprintf(t->out, " at %s", to);
	else if (p.from_ns || p.to_ns < b->duration_ns)
		fprintf(t->out, " from %s to %s", from, to);
}
