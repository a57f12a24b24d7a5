/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "json_value.h"

static void put_times(FILE *out, const struct series *s)
{
	fputs(",\n  \"times_s\": [", out);
	for (size_t i = 0; i < s->nr_points; i++) {
		fputs(i ? ", " : "", out);
		json_seconds(out, s->times_ns[i]);
	}
	fputs("],\n  \"rss\": [", out);
	for (size_t i = 0; i < s->nr_points; i++) {
		fputs(i ? ", " : "", out);
		if (s->rss[i])
			json_number(out, (double)s->rss[i]);
		else
			fputs("null", out);
	}
	fputs("],\n  ", out);
}

static void put_marks(FILE *out, const struct series *s)
{
	fputs(",\n  \"marks\": [", out);
	for (size_t i = 0; i < s->nr_marks; i++) {
		fprintf(out, "%s\n    {\"time_s\": ", i ? "," : "");
		json_seconds(out, s->marks[i].time_ns);
		fputs(", \"label\": ", out);
		json_string(out, s->marks[i].label);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_lines(FILE *out, const struct series *s)
{
	fputs(",\n  \"lines\": [", out);
	for (size_t i = 0; i < s->nr_lines; i++) {
		fputs(i ? ",\n    {\"label\": " : "\n    {\"label\": ", out);
		json_string(out, s->lines[i].label);
		fputs(", \"place\": ", out);
		json_string(out, s->lines[i].place);
		fputs(", ", out);
		json_estimates(out, "live", s->lines[i].live, s->nr_points);
		fputc('}', out);
	}
	fputs("]\n}\n", out);
}

int json_series(const struct target *t, const struct result *r)
{
	const struct series *s = &r->series;

	json_basis(t->out, r);
	put_times(t->out, s);
	json_estimates(t->out, "live", s->live, s->nr_points);
	fputs(",\n  ", t->out);
	json_estimates(t->out, "max", s->max, s->nr_points);
	fputs(",\n  ", t->out);
	json_estimates(t->out, "rate", s->rate, s->nr_points);
	fputs(",\n  \"peak\": {\"time_s\": ", t->out);
	json_seconds(t->out, s->peak_ns);
	fputs(", \"bytes\": ", t->out);
	json_estimate(t->out, s->peak);
	fputc('}', t->out);
	put_marks(t->out, s);
	fputs(",\n  \"precision\": ", t->out);
	json_number(t->out, r->basis.precision);
	put_lines(t->out, s);
	return 0;
}
