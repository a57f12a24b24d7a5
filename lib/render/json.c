/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "base.h"

#include "json.h"
#include "json_value.h"

static void put_program(FILE *out, const struct basis *b)
{
	time_t seconds = (time_t)(b->start_realtime_ns / 1000000000);
	char start[40] = "";
	struct tm tm;

	fputs("  \"program\": [", out);
	for (size_t i = 0; b->argv && b->argv[i]; i++) {
		fputs(i ? ", " : "", out);
		json_string(out, b->argv[i]);
	}
	if (gmtime_r(&seconds, &tm))
		strftime(start, sizeof(start), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "],\n  \"pid\": %u,\n  \"start\": \"%s.%09uZ\"", b->pid,
		start, (unsigned)(b->start_realtime_ns % 1000000000));
	fputs(",\n  \"host\": ", out);
	json_string(out, b->host);
	fputs(",\n  \"duration_s\": ", out);
	json_seconds(out, b->duration_ns);
	fprintf(out, ",\n  \"running\": %s", b->running ? "true" : "false");
}

static void put_relative(FILE *out, const struct relative *r)
{
	fprintf(out, "\"pid\": %u, \"parent\": %u, \"program\": ", r->pid,
		r->parent_pid);
	json_string(out, r->program);
	fputs(", \"base\": ", out);
	json_string(out, r->base);
}

static void put_children(FILE *out, const struct basis *b)
{
	if (!b->nr_children)
		return;
	fputs(",\n  \"children\": [", out);
	for (size_t i = 0; i < b->nr_children; i++) {
		fprintf(out, "%s\n    {", i ? "," : "");
		put_relative(out, &b->children[i]);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_share(FILE *out, const char *key, struct estimate e)
{
	fprintf(out, ", \"%s\": ", key);
	json_estimate(out, e);
}

static void put_processes(FILE *out, const struct basis *b)
{
	if (!b->nr_processes)
		return;
	fputs(",\n  \"processes\": [", out);
	for (size_t i = 0; i < b->nr_processes; i++) {
		const struct relative *r = &b->processes[i];

		fprintf(out, "%s\n    {", i ? "," : "");
		put_relative(out, r);
		fputs(", \"start_s\": ", out);
		json_seconds(out, r->start_ns);
		fputs(", \"end_s\": ", out);
		json_seconds(out, r->end_ns);
		put_share(out, "allocated", r->allocated);
		put_share(out, "at_peak", r->peak);
		put_share(out, "own_peak", r->most);
		put_share(out, "at_end", r->end);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_sampling(FILE *out, const struct basis *b)
{
	fputs(",\n  \"sampling\": {", out);
	if (b->sample_bytes) {
		fprintf(out, "\"bytes\": %llu}",
			(unsigned long long)b->sample_bytes);
		return;
	}
	fputs("\"rates\": [", out);
	for (size_t i = 0; i < b->nr_rates; i++) {
		fprintf(out, "%s{\"below\": ", i ? ", " : "");
		if (b->rates[i].below == UINT64_MAX)
			fputs("null", out);
		else
			fprintf(out, "%llu",
				(unsigned long long)b->rates[i].below);
		fputs(", \"probability\": ", out);
		json_number(out, b->rates[i].probability);
		fputc('}', out);
	}
	fputs("]}", out);
}

void json_basis(FILE *out, const struct result *r)
{
	const struct basis *b = &r->basis;
	const struct {
		const char *key;
		uint64_t value;
	} events[] = {
		{"seen", b->seen},
		{"recorded", b->recorded},
		{"freed", b->frees},
		{"lost", b->lost},
		{"unknown_stacks", b->unknown_stacks},
		{"cut_stacks", b->cut_stacks},
		{"damaged_bytes", b->damaged_bytes},
	};

	fputs("{\n  \"schema\": \"heapprof/1\",\n  \"view\": ", out);
	json_string(out, r->view);
	fputs(",\n", out);
	put_program(out, b);
	put_children(out, b);
	put_processes(out, b);
	put_sampling(out, b);
	fputs(",\n  \"events\": {", out);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		fprintf(out, "%s\"%s\": %llu", i ? ", " : "", events[i].key,
			(unsigned long long)events[i].value);
	fprintf(out, "},\n  \"foreign_malloc\": %s",
		b->foreign_malloc ? "true" : "false");
}

static void put_thread(FILE *out, const struct place *p)
{
	bool process = p->kind == PLACE_PROCESS;

	fputs(process ? "\"process\": " : "\"thread\": ", out);
	json_string(out, p->thread);
	fprintf(out, ", \"%s\": %u, ", process ? "pid" : "tid", p->tid);
}

void json_place(FILE *out, const struct place *p)
{
	if (p->kind == PLACE_THREAD || p->kind == PLACE_PROCESS)
		put_thread(out, p);
	fputs("\"function\": ", out);
	json_string(out, p->function);
	fputs(", \"file\": ", out);
	json_string(out, p->file);
	if (p->line)
		fprintf(out, ", \"line\": %u, \"module\": ", p->line);
	else
		fputs(", \"line\": null, \"module\": ", out);
	json_string(out, p->module);
	if (!p->function && p->module && p->kind != PLACE_MODULE)
		fprintf(out, ", \"offset\": %llu",
			(unsigned long long)p->offset);
}

static void put_stack(FILE *out, const struct row *row)
{
	fputs(", \"callers\": [", out);
	for (size_t i = 0; i < row->nr_stack; i++) {
		fputs(i ? ", {" : "{", out);
		json_place(out, &row->stack[i]);
		fputc('}', out);
	}
	fputc(']', out);
}

/* The columns of one key, from @i on: several are an array.  The next one. */
static size_t put_figure(FILE *out, const struct table *t,
			 const struct row *row, size_t i)
{
	const struct column *c = &t->columns[i];
	size_t n = 1;

	while (i + n < t->nr_columns && !strcmp(c[n].key, c->key))
		n++;
	fprintf(out, ", \"%s\": ", c->key);
	if (c->unit == UNIT_SECONDS) {
		json_number(out, row->cells[i].value);
		return i + 1;
	}
	for (size_t k = 0; k < n; k++) {
		fputs(n == 1 ? "" : k ? ", " : "[", out);
		json_estimate(out, row->cells[i + k]);
	}
	fputs(n == 1 ? "" : "]", out);
	return i + n;
}

static void put_row(FILE *out, const struct table *t, const struct row *row)
{
	fputc('{', out);
	json_place(out, &row->place);
	for (size_t i = 0; i < t->nr_columns;)
		i = put_figure(out, t, row, i);
	if (t->nr_moments)
		fprintf(out, ", \"significant\": %s",
			result_is_change(row->cells[0]) ? "true" : "false");
	if (row->via) {
		fputs(", \"via\": ", out);
		json_string(out, row->via->function);
	}
	if (row->stack)
		put_stack(out, row);
	fputc('}', out);
}

void json_moments(FILE *out, const struct moment *m, size_t n,
		  const char *indent)
{
	fprintf(out, ",\n%s\"times_s\": [", indent);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		json_seconds(out, m[i].period.to_ns);
	}
	fprintf(out, "],\n%s\"totals\": [", indent);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		json_estimate(out, m[i].total);
	}
	fputc(']', out);
	if (!m->base)
		return;
	fprintf(out, ",\n%s\"base\": {\n", indent);
	put_program(out, m->base);
	put_sampling(out, m->base);
	fprintf(out, "\n%s}", indent);
}

static void put_table(FILE *out, const struct table *t, const char *indent)
{
	fprintf(out, ",\n%s\"at_s\": ", indent);
	json_seconds(out, t->period.to_ns);
	if (!t->period.instant) {
		fprintf(out, ",\n%s\"from_s\": ", indent);
		json_seconds(out, t->period.from_ns);
	}
	fprintf(out, ",\n%s\"metric\": ", indent);
	json_string(out, t->metric);
	if (t->nr_moments) {
		json_moments(out, t->moments, t->nr_moments, indent);
		fprintf(out, ",\n%s\"significant\": %s", indent,
			result_is_change(t->total) ? "true" : "false");
	}
	fprintf(out, ",\n%s\"total\": ", indent);
	json_estimate(out, t->total);
	fprintf(out, ",\n%s\"rows\": [", indent);
	for (size_t i = 0; i < t->nr_rows; i++) {
		fprintf(out, "%s\n%s  ", i ? "," : "", indent);
		put_row(out, t, &t->rows[i]);
	}
	fprintf(out, "],\n%s\"other\": ", indent);
	json_estimate(out, t->other);
}

int json_table(const struct target *t, const struct result *r)
{
	json_basis(t->out, r);
	put_table(t->out, &r->table, "  ");
	for (const struct table *p = r->table.next; p; p = p->next) {
		fprintf(t->out, ",\n  \"%s\": {\n    \"title\": ", p->key);
		json_string(t->out, p->title);
		put_table(t->out, p, "    ");
		fputs("\n  }", t->out);
	}
	fputs("\n}\n", t->out);
	return 0;
}

static void put_pair(FILE *out, struct estimate bytes, struct estimate count)
{
	fputs("{\"bytes\": ", out);
	json_estimate(out, bytes);
	fputs(", \"count\": ", out);
	json_estimate(out, count);
	fputc('}', out);
}

/* An edge of a class; microseconds as seconds, none as null. */
static void put_edge(FILE *out, const struct spread *s, uint64_t edge)
{
	if (edge == UINT64_MAX)
		fputs("null", out);
	else
		json_number(out, s->unit == UNIT_SECONDS ? (double)edge / 1e6
							 : (double)edge);
}

/* The classes that are not empty. */
static void put_bins(FILE *out, const struct spread *s, const struct bin *bins)
{
	const char *separator = "";

	for (size_t i = 0; i < s->nr_bins; i++) {
		const struct bin *b = &bins[i];

		if (b->count.value == 0)
			continue;
		fprintf(out, "%s\n      {\"from\": ", separator);
		put_edge(out, s, b->from);
		fputs(", \"to\": ", out);
		put_edge(out, s, b->to);
		fputs(", \"bytes\": ", out);
		json_estimate(out, b->bytes);
		fputs(", \"count\": ", out);
		json_estimate(out, b->count);
		if (s->unit == UNIT_BYTES) {
			fputs(", \"peak\": ", out);
			put_pair(out, b->peak_bytes, b->peak_count);
		}
		fputc('}', out);
		separator = ",";
	}
}

static void put_spread(FILE *out, const struct spread *s,
		       const struct spread_row *row)
{
	fputs("\"bytes\": ", out);
	json_estimate(out, row->bytes);
	fputs(", \"count\": ", out);
	json_estimate(out, row->count);
	fputs(", \"live\": ", out);
	put_pair(out, row->live_bytes, row->live_count);
	fputs(", \"mean\": ", out);
	json_estimate(out, row->mean);
	fputs(", \"median\": ", out);
	json_estimate(out, row->median);
	fputs(", \"classes\": [", out);
	put_bins(out, s, row->bins);
	fputs("]}", out);
}

int json_spread(const struct target *t, const struct result *r)
{
	const struct spread *s = &r->spread;
	FILE *out = t->out;

	json_basis(out, r);
	fputs(",\n  \"metric\": ", out);
	json_string(out, s->metric);
	fputs(",\n  \"total\": {", out);
	put_spread(out, s, &s->total);
	fputs(",\n  \"rows\": [", out);
	for (size_t i = 0; i < s->nr_rows; i++) {
		fputs(i ? ",\n    {" : "\n    {", out);
		json_place(out, &s->rows[i].place);
		fputs(", ", out);
		put_spread(out, s, &s->rows[i]);
	}
	fputs("],\n  \"other\": ", out);
	json_estimate(out, s->other);
	fputs("\n}\n", out);
	return 0;
}

static void put_amount(FILE *out, const char *key, const struct amount *a,
		       bool timed)
{
	fprintf(out, ",\n  \"%s\": {", key);
	if (timed) {
		fputs("\"time_s\": ", out);
		json_seconds(out, a->time_ns);
		fputs(", ", out);
	}
	fputs("\"bytes\": ", out);
	json_estimate(out, a->bytes);
	fputs(", \"count\": ", out);
	json_estimate(out, a->count);
	fputc('}', out);
}

int json_page(const struct target *t, const struct result *r)
{
	const struct page *page = &r->page;

	json_basis(t->out, r);
	put_amount(t->out, "allocated", &page->allocated, false);
	put_amount(t->out, "peak", &page->peak, true);
	put_amount(t->out, "end", &page->end, true);
	fputs(",\n  \"temporary\": ", t->out);
	json_estimate(t->out, page->temporary);
	for (size_t i = 0; i < page->nr_tables; i++) {
		fprintf(t->out,
			",\n  \"%s\": {\n    \"title\": ", page->tables[i].key);
		json_string(t->out, page->tables[i].title);
		put_table(t->out, &page->tables[i], "    ");
		fputs("\n  }", t->out);
	}
	fputs("\n}\n", t->out);
	return 0;
}
