/* SPDX-License-Identifier: MIT */
#include "base.h"

#include "name.h"
#include "number.h"
#include "text.h"

#define THREAD 16u  /* columns */
#define FIGURES 54u /* columns of all before the names */
#define VIA 5u	    /* " via " */

static void put_names(const struct target *t, const struct event *e)
{
	char name[NAME_BYTES], via[NAME_BYTES], where[NAME_BYTES];
	size_t room = t->width > FIGURES + 16 ? t->width - FIGURES : 16;
	size_t n = name_place(name, &e->place, room * 3 / 5, t->utf8), v;

	fputs(name, t->out);
	v = e->via ? name_bare(via, e->via, room / 4, t->utf8) + VIA : 0;
	if (v && n + v <= room * 3 / 5) {
		fprintf(t->out, "%s via %s%s", text_begin(t, TEXT_DIM), via,
			text_end(t, TEXT_DIM));
		n += v;
	}
	if (name_where(where, &e->place, room > n + 2 ? room - n - 2 : 0,
		       t->utf8))
		fprintf(t->out, "  %s%s%s", text_begin(t, TEXT_DIM), where,
			text_end(t, TEXT_DIM));
	fputc('\n', t->out);
}

static void put_event(const struct target *t, const struct event *e)
{
	char size[NUMBER_MAX], weight[NUMBER_MAX] = "", thread[NAME_BYTES];
	size_t columns = name_place(thread, &e->thread, THREAD, t->utf8);

	if (e->weight != 1)
		snprintf(weight, sizeof(weight), "x%.6g", e->weight);
	fprintf(t->out, "%13.6f  %s%*s  %c%13s  %-7s ",
		(double)e->time_ns * 1e-9, thread, (int)(THREAD - columns), "",
		e->free ? '-' : '+', number_exact(size, e->size), weight);
	put_names(t, e);
}

int text_stream(const struct target *t, const struct result *r)
{
	struct event event;
	int got;

	text_command(t, &r->basis);
	text_basis(t, &r->basis);
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
