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

static void put_row(FILE *out, const struct table *t, const struct row *row)
{
	const struct place *p = &row->place;

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
	for (size_t i = 0; i < t->nr_columns; i++)
		put_estimate(out, row->cells[i]);
	fputs("\r\n", out);
}

void csv_table(const struct target *target, const struct result *r)
{
	const struct table *t = &r->table;
	FILE *out = target->out;

	fputs("function,file,line,module,thread,tid,offset", out);
	for (size_t i = 0; i < t->nr_columns; i++)
		fprintf(out, ",%s,%s_error", t->columns[i].key,
			t->columns[i].key);
	fputs("\r\n", out);
	for (size_t i = 0; i < t->nr_rows; i++)
		put_row(out, t, &t->rows[i]);
	fputs("other,,,,,,", out);
	put_estimate(out, t->other);
	for (size_t i = 1; i < t->nr_columns; i++)
		fputs(",,", out);
	fputs("\r\n", out);
}
