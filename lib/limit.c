/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "limit.h"
#include "profile/say.h"
#include "query/weigh.h"
#include "render/number.h"

enum when { WHEN_RUN, WHEN_PEAK, WHEN_END };

static const struct figure {
	const char *name;
	enum metric metric;
	enum when when;
} figures[] = {
	{"peak", METRIC_LIVE, WHEN_PEAK},
	{"peak-count", METRIC_LIVE_COUNT, WHEN_PEAK},
	{"leaked", METRIC_LIVE, WHEN_END},
	{"leaked-count", METRIC_LIVE_COUNT, WHEN_END},
	{"allocated", METRIC_ALLOCATED, WHEN_RUN},
	{"count", METRIC_COUNT, WHEN_RUN},
	{"freed", METRIC_FREED, WHEN_RUN},
	{"rate", METRIC_RATE, WHEN_RUN},
};

#define FIGURES                                                                \
	"peak, peak-count, leaked, leaked-count, allocated, count, freed or "  \
	"rate"

struct limit {
	const struct figure *figure;
	bool above; /* it fails above, not below */
	bool equal; /* and at the value itself */
	double value;
};

static bool parse_value(const char *text, double *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	/* strtod() takes hexadecimal, infinity and more, too. */
	if (!strspn(text, "0123456789.") || strpbrk(text, "xX"))
		return false;
	*out = strtod(text, &end);
	if (end == text || !isfinite(*out))
		return false;
	if (!*end)
		return true;
	unit = memchr(units, *end & ~0x20, strlen(units));
	if (!unit || end[1])
		return false;
	*out = ldexp(*out, 10 * (int)(unit - units + 1));
	return true;
}

static bool parse(const char *text, struct limit *out)
{
	size_t n = strcspn(text, "<>");
	const char *value = text + n + 1;

	out->figure = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		if (strlen(figures[i].name) == n &&
		    !strncmp(figures[i].name, text, n))
			out->figure = &figures[i];
	if (!out->figure || !text[n])
		return false;
	out->above = text[n] == '>';
	out->equal = *value == '=';
	return parse_value(value + out->equal, &out->value);
}

int limit_parse(const char *const *conditions,
		const struct heapprof_listener *listener)
{
	struct limit limit;

	for (; conditions && *conditions; conditions++) {
		if (parse(*conditions, &limit))
			continue;
		say(listener, HEAPPROF_ERROR,
		    "--fail-if: not a condition: '%s'; give one such as "
		    "'peak>64M', of " FIGURES,
		    *conditions);
		return -EINVAL;
	}
	return 0;
}

static int find_figure(const struct query *q, const struct figure *f,
		       struct estimate *out)
{
	struct query part = *q;
	struct weights w;
	int err;

	part.metric = f->metric;
	if (q->digest->nr_instants)
		part.at = f->when == WHEN_PEAK ? query_peak(q) : q->to;
	err = weigh_traces(&part, &w);
	if (err)
		return err;
	w.total = weigh_less(w.total, &w.left_out);
	/* Nobody knows whether that would match. */
	if (q->focus)
		w.total = weigh_less(w.total, &w.folded);
	*out = weigh_estimate(&w.total, f->metric);
	return 0;
}

static bool is_passed(const struct limit *l, double value)
{
	if (value == l->value)
		return l->equal;
	return l->above ? value > l->value : value < l->value;
}

int limit_check(const char *const *conditions, const struct query *q, bool utf8,
		const struct heapprof_listener *listener)
{
	int result = 0;

	for (; conditions && *conditions; conditions++) {
		char number[NUMBER_MAX];
		struct estimate e;
		struct limit l;
		int err;

		if (!parse(*conditions, &l))
			return -EINVAL;
		err = find_figure(q, l.figure, &e);
		if (err)
			return err;
		if (!is_passed(&l, e.value))
			continue;
		result = HEAPPROF_LIMIT;
		say(listener, HEAPPROF_ERROR, "%s is %s: --fail-if='%s'",
		    l.figure->name,
		    number_estimate(number, e, weigh_unit(l.figure->metric),
				    utf8),
		    *conditions);
	}
	return result;
}
