/* SPDX-License-Identifier: MIT */
#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

#define THREAD 16u /* columns */

static void put_event(const struct target *t, const struct event *e)
{
	char size[NUMBER_MAX], weight[NUMBER_MAX], thread[NAME_BYTES];
	char name[NAME_BYTES], where[NAME_BYTES];
	size_t n, room = t->width > 70 ? t->width - 54 : 16, columns;

	columns = name_place(thread, &e->thread, THREAD, t->utf8);
	number_exact(size, e->size);
	if (e->weight == 1)
		weight[0] = '\0';
	else
		snprintf(weight, sizeof(weight), "x%.6g", e->weight);
	fprintf(t->out, "%13.6f  %s%*s  %c%13s  %-7s ",
		(double)e->time_ns * 1e-9, thread, (int)(THREAD - columns), "",
		e->free ? '-' : '+', size, weight);
	n = name_place(name, &e->place, room * 3 / 5, t->utf8);
	name_where(where, &e->place, room - n > 2 ? room - n - 2 : 0, t->utf8);
	fprintf(t->out, "%s%s%s%s%s\n", name, *where ? "  " : "",
		text_begin(t, TEXT_DIM), where, text_end(t, TEXT_DIM));
}

int text_stream(const struct target *t, const struct result *r)
{
	struct event event;
	int got;

	text_command(t, &r->basis);
	if (text_foreign(t, &r->basis))
		return 0;
	fprintf(t->out, "\n%s%13s  %-*s  %14s  %-7s %s%s\n",
		text_begin(t, TEXT_DIM), "seconds", (int)THREAD, "thread",
		"bytes", "for", "allocated by", text_end(t, TEXT_DIM));
	while ((got = r->stream->next(r->stream, &event)) > 0) {
		put_event(t, &event);
		if (ferror(t->out))
			break;
	}
	return MIN(got, 0);
}
