/* SPDX-License-Identifier: MIT */
#include "csv.h"

int csv_stream(const struct target *t, const struct result *r)
{
	struct event e;
	int more;

	fputs("time_s,event,size,weight,age_s," CSV_PLACE "\r\n", t->out);
	while ((more = r->stream->next(r->stream, &e)) > 0) {
		struct place place = e.place;

		/* One place has both: its columns do. */
		place.kind = PLACE_THREAD;
		place.thread = e.thread.thread;
		place.tid = e.thread.tid;
		csv_seconds(t->out, e.time_ns);
		fprintf(t->out, ",%s,%llu,%.17g,",
			e.free ? "free" : "allocation",
			(unsigned long long)e.size, e.weight);
		if (e.free)
			csv_seconds(t->out, e.age_ns);
		fputc(',', t->out);
		csv_place(t->out, &place);
		fputs("\r\n", t->out);
	}
	return more;
}
