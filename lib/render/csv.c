/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base.h"

#include "csv.h"
#include "utf8.h"

/* A spreadsheet takes text that starts so for a formula: make it text. */
static bool is_formula(const char *s)
{
	return *s && strchr("=+-@\t\r", *s);
}

/* Within quotes. */
static void put_quoted(FILE *out, const char *s)
{
	while (*s) {
		uint32_t c;
		size_t n = utf8_get(s, &c);

		if (!n || !utf8_is_plain(c))
			fputs("\xef\xbf\xbd", out);
		else if (c == '"')
			fputs("\"\"", out);
		else
			fwrite(s, 1, n, out);
		s += MAX(n, 1u);
	}
}

/* Opens a quoted field that begins with @s, and leaves it open. */
static void open_text(FILE *out, const char *s)
{
	fputs(is_formula(s) ? "\"'" : "\"", out);
	put_quoted(out, s);
}

static void put_text(FILE *out, const char *s)
{
	if (!s)
		return;
	open_text(out, s);
	fputc('"', out);
}

static void put_number(FILE *out, double x)
{
	if (isfinite(x) && x == rint(x) && fabs(x) < 9007199254740992.0)
		fprintf(out, "%.0f", x == 0 ? 0.0 : x);
	else if (isfinite(x))
		fprintf(out, "%.17g", x);
}

void csv_estimate(FILE *out, struct estimate e)
{
	fputc(',', out);
	put_number(out, e.value);
	fputc(',', out);
	put_number(out, e.error);
}

void csv_place(FILE *out, const struct place *p)
{
	put_text(out, p->function);
	fputc(',', out);
	put_text(out, p->file);
	fputc(',', out);
	if (p->line)
		fprintf(out, "%u", p->line);
	fputc(',', out);
	put_text(out, p->module);
	fputc(',', out);
	put_text(out, p->thread);
	fputc(',', out);
	if (p->kind == PLACE_THREAD)
		fprintf(out, "%u", p->tid);
	fputc(',', out);
	if (!p->function && p->module && p->kind != PLACE_MODULE)
		fprintf(out, "%llu", (unsigned long long)p->offset);
}

/* Of leaks: the column of how fast they grow; or nr_columns. */
static size_t find_growth(const struct table *t)
{
	size_t i = 0;

	while (i < t->nr_columns && strcmp(t->columns[i].key, "growth") != 0)
		i++;
	return i;
}

static void put_row(FILE *out, const struct table *t, const struct row *row)
{
	size_t growth = find_growth(t);

	csv_place(out, &row->place);
	for (size_t i = 0; i < t->nr_columns; i++)
		csv_estimate(out, row->cells[i]);
	if (t->nr_moments)
		fprintf(out, ",%d", result_is_change(row->cells[0]));
	if (growth < t->nr_columns)
		fprintf(out, ",%d",
			row->cells[growth].value > row->cells[growth].error);
	fputs("\r\n", out);
}

/* Moments are numbered from 1. */
static void put_heading(FILE *out, const struct table *t, size_t i)
{
	const char *key = t->columns[i].key;
	size_t first = i;
	char number[24] = "";

	while (first && !strcmp(t->columns[first - 1].key, key))
		first--;
	if (first != i ||
	    (i + 1 < t->nr_columns && !strcmp(t->columns[i + 1].key, key)))
		snprintf(number, sizeof(number), "_%zu", i - first + 1);
	fprintf(out, ",%s%s,%s%s_error", key, number, key, number);
}

static void put_headings(FILE *out, const struct table *t)
{
	fputs(CSV_PLACE, out);
	for (size_t i = 0; i < t->nr_columns; i++)
		put_heading(out, t, i);
	fputs(t->nr_moments ? ",significant" : "", out);
	fputs(find_growth(t) < t->nr_columns ? ",growing\r\n" : "\r\n", out);
}

/* @name begins each line; NULL: there is but one table. */
static void put_table(FILE *out, const struct table *t, const char *name)
{
	const char *comma = name ? "," : "";

	name = name ? name : "";
	for (size_t i = 0; i < t->nr_rows; i++) {
		fprintf(out, "%s%s", name, comma);
		put_row(out, t, &t->rows[i]);
	}
	fprintf(out, "%s%sother,,,,,,", name, comma);
	csv_estimate(out, t->other);
	for (size_t i = 1; i < t->nr_columns; i++)
		fputs(",,", out);
	fputs(t->nr_moments || find_growth(t) < t->nr_columns ? ",\r\n"
							      : "\r\n",
	      out);
}

int csv_table(const struct target *target, const struct result *r)
{
	put_headings(target->out, &r->table);
	put_table(target->out, &r->table, NULL);
	return 0;
}

int csv_page(const struct target *target, const struct result *r)
{
	static const char *const names[] = {"peak", "end", "allocated"};
	const struct page *page = &r->page;

	fputs("table,", target->out);
	put_headings(target->out, &page->tables[0]);
	for (size_t i = 0; i < MIN(page->nr_tables, ARRAY_SIZE(names)); i++)
		put_table(target->out, &page->tables[i], names[i]);
	return 0;
}

static void put_class(FILE *out, const struct place *p, const char *of,
		      const struct estimate *bytes,
		      const struct estimate *count)
{
	if (p)
		csv_place(out, p);
	else
		fputs("total,,,,,,", out);
	fprintf(out, ",%s", of);
	csv_estimate(out, *bytes);
	csv_estimate(out, *count);
}

/* An edge of a class: microseconds as seconds, none as nothing. */
static void put_edge(FILE *out, const struct spread *s, uint64_t edge)
{
	fputc(',', out);
	if (edge != UINT64_MAX)
		put_number(out, s->unit == UNIT_SECONDS ? (double)edge / 1e6
							: (double)edge);
}

static void put_spread(FILE *out, const struct spread *s,
		       const struct spread_row *row, const struct place *p)
{
	bool sizes = s->unit == UNIT_BYTES;

	for (size_t i = 0; i < s->nr_bins * (sizes ? 2 : 1); i++) {
		const struct bin *b = &row->bins[i % s->nr_bins];
		bool peak = i >= s->nr_bins;

		if ((peak ? b->peak_count : b->count).value == 0)
			continue;
		put_class(out, p,
			  peak	  ? "peak"
			  : sizes ? "allocated"
				  : "freed",
			  peak ? &b->peak_bytes : &b->bytes,
			  peak ? &b->peak_count : &b->count);
		put_edge(out, s, b->from);
		put_edge(out, s, b->to);
		fputs("\r\n", out);
	}
	if (sizes || row->live_count.value == 0)
		return;
	put_class(out, p, "live", &row->live_bytes, &row->live_count);
	fputs(",,\r\n", out);
}

int csv_spread(const struct target *t, const struct result *r)
{
	const struct spread *s = &r->spread;

	fputs(CSV_PLACE ",of,bytes,bytes_error,count,count_error,from,to\r\n",
	      t->out);
	for (size_t i = 0; i < s->nr_rows; i++)
		put_spread(t->out, s, &s->rows[i], &s->rows[i].place);
	put_spread(t->out, s, &s->total, NULL);
	return 0;
}

void csv_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%llu.%09u", (unsigned long long)(ns / 1000000000),
		(unsigned)(ns % 1000000000));
}

/* The marks since the instant before, in one field. */
static void put_marks(FILE *out, const struct series *s, size_t i)
{
	bool any = false;

	for (size_t k = 0; k < s->nr_marks; k++) {
		const struct mark *m = &s->marks[k];

		if (m->time_ns > s->times_ns[i] ||
		    (i && m->time_ns <= s->times_ns[i - 1]))
			continue;
		if (any)
			fputs("; ", out);
		(any ? put_quoted : open_text)(out, m->label);
		any = true;
	}
	if (any)
		fputc('"', out);
}

static void put_instant(FILE *out, const struct series *s, size_t i)
{
	csv_seconds(out, s->times_ns[i]);
	csv_estimate(out, s->live[i]);
	csv_estimate(out, s->max[i]);
	csv_estimate(out, s->rate[i]);
	fputc(',', out);
	if (s->rss[i])
		put_number(out, (double)s->rss[i]);
	fputc(',', out);
	put_marks(out, s, i);
	for (size_t k = 0; k < s->nr_lines; k++)
		csv_estimate(out, s->lines[k].live[i]);
	fputs("\r\n", out);
}

int csv_series(const struct target *t, const struct result *r)
{
	const struct series *s = &r->series;
	FILE *out = t->out;

	fputs("time_s,live,live_error,max,max_error,rate,rate_error,rss,mark",
	      out);
	for (size_t k = 0; k < s->nr_lines; k++) {
		fputc(',', out);
		put_text(out, s->lines[k].label);
		fputc(',', out);
		open_text(out, s->lines[k].label);
		fputs("_error\"", out);
	}
	fputs("\r\n", out);
	for (size_t i = 0; i < s->nr_points; i++)
		put_instant(out, s, i);
	return 0;
}
