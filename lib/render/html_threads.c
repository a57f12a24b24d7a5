/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "html_threads.h"
#include "json_value.h"

#define MOST_THREADS 2000u

static int compare_threads(const void *x, const void *y)
{
	const struct history_thread *a = *(const struct history_thread **)x;
	const struct history_thread *b = *(const struct history_thread **)y;

	if (a->allocated.bytes != b->allocated.bytes)
		return a->allocated.bytes > b->allocated.bytes ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void put_sum(FILE *out, const struct sum *s)
{
	const double parts[] = {s->bytes, s->count, s->bytes_var, s->count_var};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		fputc(',', out);
		json_number(out, parts[i]);
	}
}

static void put_thread(FILE *out, const struct history_thread *t, size_t number)
{
	const struct sum *sums[] = {&t->allocated, &t->freed, &t->peak_live,
				    &t->end_live};

	fputc('[', out);
	json_string(out, t->place.thread);
	fprintf(out, ",%u,%zu,", t->place.tid, number);
	json_seconds(out, t->start_ns);
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		put_sum(out, sums[i]);
	fputc(']', out);
}

int html_threads_put(FILE *out, const struct history *h)
{
	const struct history_thread **order =
		calloc(h->nr_threads + 1, sizeof(const void *));
	size_t n = MIN(h->nr_threads, MOST_THREADS);

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < h->nr_threads; i++)
		order[i] = &h->threads[i];
	qsort(order, h->nr_threads, sizeof(const void *), compare_threads);
	fprintf(out, ",\"nr_threads\":%zu,\"threads\":[", h->nr_threads);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_thread(out, order[i], (size_t)(order[i] - h->threads));
	}
	fputc(']', out);
	free(order);
	return 0;
}
