/* SPDX-License-Identifier: MIT */
#include "json.h"
#include "json_value.h"

static void put_event(FILE *out, const struct event *e)
{
	fputs("{\"time_s\": ", out);
	json_seconds(out, e->time_ns);
	fprintf(out, ", \"event\": \"%s\", \"size\": %llu, \"weight\": ",
		e->free ? "free" : "allocation", (unsigned long long)e->size);
	json_number(out, e->weight);
	if (e->free) {
		fputs(", \"age_s\": ", out);
		json_seconds(out, e->age_ns);
	}
	fputs(", ", out);
	json_place(out, &e->place);
	if (e->via) {
		fputs(", \"via\": ", out);
		json_string(out, e->via->function);
	}
	fputs(", \"thread\": ", out);
	json_string(out, e->thread.thread);
	fprintf(out, ", \"tid\": %u}", e->thread.tid);
}

int json_stream(const struct target *t, const struct result *r)
{
	const char *separator = "\n    ";
	struct event event;
	int more;

	json_basis(t->out, r);
	fputs(",\n  \"rows\": [", t->out);
	while ((more = r->stream->next(r->stream, &event)) > 0) {
		fputs(separator, t->out);
		put_event(t->out, &event);
		separator = ",\n    ";
	}
	fputs("]\n}\n", t->out);
	return more;
}
