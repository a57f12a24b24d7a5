/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "reader.h"
#include "stops.h"

static int compare(const void *a, const void *b)
{
	const struct stop *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static void add(struct stops *s, uint64_t time_ns, enum digest_kind kind)
{
	s->of[s->nr++] = (struct stop){time_ns, kind};
}

int stops_find(struct stops *s, const struct hpm_header *h,
	       const struct metadata *m, const struct digest_times *times,
	       uint64_t end_ns)
{
	size_t nr = m->nr_marks + (times ? times->nr : 0);

	*s = (struct stops){.of = calloc(nr + 1, sizeof(*s->of))};
	if (!s->of)
		return -ENOMEM;
	for (size_t i = 0; i < m->nr_marks; i++)
		add(s, reader_ns(h, m->marks[i].tick), DIGEST_MARK);
	for (size_t i = 0; times && i < times->nr && times->ns[i] <= end_ns;
	     i++)
		add(s, times->ns[i],
		    times->ns[i] == times->peak_ns ? DIGEST_PEAK
						   : DIGEST_INTERVAL);
	qsort(s->of, s->nr, sizeof(*s->of), compare);
	return 0;
}

void stops_fini(struct stops *s)
{
	free(s->of);
	*s = (struct stops){0};
}
