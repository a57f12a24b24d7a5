/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "profile/say.h"

#include "when.h"

#define MARK "mark:"

/* Seconds; false: it is not a number with a unit. */
static bool parse_seconds(const char *text, double *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1},	{"s", 1},    {"ms", 1e-3},
		     {"m", 60}, {"h", 3600}, {"us", 1e-6}};
	char *end;
	double x;

	/* strtod() knows more than we promise: hexadecimal, "inf", signs. */
	if (!*text || strspn(text, "0123456789.") == 0)
		return false;
	if (strpbrk(text, "xXpP"))
		return false;
	x = strtod(text, &end);
	for (size_t i = 0; i < ARRAY_SIZE(units) && end != text; i++)
		if (!strcmp(end, units[i].name)) {
			*out = x * units[i].seconds;
			return isfinite(*out);
		}
	return false;
}

int when_check(const char *option, const char *text,
	       const struct heapprof_listener *listener)
{
	double seconds;

	if (!text || !strcmp(text, "start") || !strcmp(text, "peak") ||
	    !strcmp(text, "end") || parse_seconds(text, &seconds))
		return 0;
	if (!strncmp(text, MARK, strlen(MARK)) && text[strlen(MARK)])
		return 0;
	say(listener, HEAPPROF_ERROR,
	    "%s: not a time: '%s'; give seconds (12.5, 250ms, 2m, 1h), "
	    "start, peak, end or mark:NAME",
	    option, text);
	return -EINVAL;
}

static int find_mark(const char *option, const char *label,
		     const struct digest *d, uint64_t *out,
		     const struct heapprof_listener *listener)
{
	char known[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < d->nr_marks; i++) {
		if (!strcmp(d->marks[i].label, label)) {
			*out = d->marks[i].time_ns;
			return 0;
		}
		if (n < sizeof(known))
			n += (size_t)snprintf(known + n, sizeof(known) - n,
					      "%s%s", i ? ", " : "",
					      d->marks[i].label);
	}
	say(listener, HEAPPROF_ERROR,
	    "%s: no mark '%s' in the profile; it has %s", option, label,
	    d->nr_marks ? known : "none");
	return -EINVAL;
}

int when_find(const char *option, const char *text, const struct digest *d,
	      uint64_t *out, const struct heapprof_listener *listener)
{
	double seconds = 0;

	if (!strncmp(text, MARK, strlen(MARK)))
		return find_mark(option, text + strlen(MARK), d, out, listener);
	if (!strcmp(text, "start"))
		*out = 0;
	else if (!strcmp(text, "end"))
		*out = d->duration_ns;
	else if (!strcmp(text, "peak"))
		*out = d->nr_instants ? d->instants[d->peak].time_ns : 0;
	else if (!parse_seconds(text, &seconds))
		return -EINVAL;
	else if (seconds * 1e9 <= (double)d->duration_ns)
		*out = (uint64_t)llround(seconds * 1e9);
	else
		*out = d->duration_ns;
	if (seconds * 1e9 > (double)d->duration_ns)
		say(listener, HEAPPROF_NOTE,
		    "%s: %s is after the end; took the end, %g s", option, text,
		    (double)d->duration_ns * 1e-9);
	return 0;
}
