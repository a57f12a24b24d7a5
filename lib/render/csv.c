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

static void put_text(FILE *out, const char *s)
{
	if (!s)
		return;
	fputc('"', out);
	if (is_formula(s))
		fputc('\'', out);
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
	fputc('"', out);
}

static void put_number(FILE *out, double x)
{
	if (isfinite(x) && x == rint(x) && fabs(x) < 9007199254740992.0)
		fprintf(out, "%.0f", x == 0 ? 0.0 : x);
	else if (isfinite(x))
		fprintf(out, "%.17g", x);
}

static void put_estimate(FILE *out, struct estimate e)
{
	fputc(',', out);
	put_number(out, e.value);
	fputc(',', out);
	put_number(out, e.error);
}

static void put_place(FILE *out, const struct place *p)
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

static void put_row(FILE *out, const struct table *t, const struct row *row)
{
	put_place(out, &row->place);
	for (size_t i = 0; i < t->nr_columns; i++)
		put_estimate(out, row->cells[i]);
	if (t->nr_moments)
		fprintf(out, ",%d", row->significant);
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

int csv_table(const struct target *target, const struct result *r)
{
	const struct table *t = &r->table;
	FILE *out = target->out;

	fputs("function,file,line,module,thread,tid,offset", out);
	for (size_t i = 0; i < t->nr_columns; i++)
		put_heading(out, t, i);
	fputs(t->nr_moments ? ",significant\r\n" : "\r\n", out);
	for (size_t i = 0; i < t->nr_rows; i++)
		put_row(out, t, &t->rows[i]);
	fputs("other,,,,,,", out);
	put_estimate(out, t->other);
	for (size_t i = 1; i < t->nr_columns; i++)
		fputs(",,", out);
	fputs(t->nr_moments ? ",\r\n" : "\r\n", out);
	return 0;
}

static void put_class(FILE *out, const struct place *p, const char *of,
		      const struct estimate *bytes,
		      const struct estimate *count)
{
	if (p)
		put_place(out, p);
	else
		fputs("total,,,,,,", out);
	fprintf(out, ",%s", of);
	put_estimate(out, *bytes);
	put_estimate(out, *count);
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

	fputs("function,file,line,module,thread,tid,offset,of,bytes,"
	      "bytes_error,count,count_error,from,to\r\n",
	      t->out);
	for (size_t i = 0; i < s->nr_rows; i++)
		put_spread(t->out, s, &s->rows[i], &s->rows[i].place);
	put_spread(t->out, s, &s->total, NULL);
	return 0;
}
