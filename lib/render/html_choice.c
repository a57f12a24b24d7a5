/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base.h"

#include "html_choice.h"

#define MOST_INSTANTS 400u
#define MOST_USAGES 4000000u /* traces times instants */

/* Those that every page has, however long the run was. */
static void keep_special(const struct history *h, bool *keep)
{
	size_t nr_marked = 0;

	keep[0] = keep[h->peak] = keep[h->at] = true;
	if (h->held < h->nr_instants)
		keep[h->held] = true;
	keep[h->nr_instants - 1] = true;
	for (size_t i = 0; i < h->nr_instants; i++)
		if (h->instants[i].marked && nr_marked++ < MOST_INSTANTS)
			keep[i] = true;
}

static int choose_instants(const struct history *h, struct html_choice *out)
{
	size_t n = h->nr_instants, most = MIN(n, MOST_INSTANTS);

	out->instants = calloc(n + 1, sizeof(*out->instants));
	if (!out->instants)
		return -ENOMEM;
	if (n)
		keep_special(h, out->instants);
	for (size_t i = 0; i < most; i++)
		out->instants[i * n / most] = true;
	for (size_t i = 0; i < n; i++)
		out->nr_instants += out->instants[i];
	return 0;
}

/* The largest of the shares that it has in what the page is about. */
static double weigh(const struct history_trace *t, const struct sum *peak,
		    const struct sum *allocated)
{
	const double shares[] = {
		t->peak.bytes / MAX(peak->bytes, 1.0),
		t->peak.count / MAX(peak->count, 1.0),
		t->allocated.bytes / MAX(allocated->bytes, 1.0),
		t->allocated.count / MAX(allocated->count, 1.0),
	};
	double most = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		most = MAX(most, shares[i]);
	return most;
}

/* By weight; equal ones by number, so that the page is always the same. */
static int compare_weights(const void *x, const void *y, void *arg)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	const double *weights = arg;

	if (weights[a] != weights[b])
		return weights[a] > weights[b] ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int choose_traces(const struct history *h, struct html_choice *out)
{
	const struct history_instant *last = &h->instants[h->nr_instants - 1];
	size_t most = MOST_USAGES / MAX(out->nr_instants, 1u);
	double *weights = calloc(h->nr_traces, sizeof(*weights));

	out->traces = calloc(h->nr_traces, sizeof(*out->traces));
	if (!weights || !out->traces) {
		free(weights);
		return -ENOMEM;
	}
	for (uint32_t i = 1; i < h->nr_traces; i++) {
		const struct history_trace *t = &h->traces[i];

		if (t->hidden)
			out->nr_hidden++;
		else
			out->traces[out->nr_traces++] = i;
		weights[i] =
			weigh(t, &h->instants[h->peak].live, &last->allocated);
	}
	qsort_r(out->traces, out->nr_traces, sizeof(*out->traces),
		compare_weights, weights);
	out->nr_traces = MIN(out->nr_traces, most);
	free(weights);
	return 0;
}

int html_choice_make(const struct history *h, struct html_choice *out)
{
	int err;

	*out = (struct html_choice){0};
	err = choose_instants(h, out);
	return err || !h->nr_instants ? err : choose_traces(h, out);
}

void html_choice_fini(struct html_choice *c)
{
	free(c->instants);
	free(c->traces);
}
