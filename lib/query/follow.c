/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/say.h"

#include "follow.h"
#include "places.h"
#include "weigh.h"
#include "wrapper.h"

/* Is @path, or the end of it from a folder on, @name of @n bytes? */
static bool is_file(const char *path, const char *name, size_t n)
{
	size_t length = path ? strlen(path) : 0;

	if (length < n || n == 0 || memcmp(path + length - n, name, n) != 0)
		return false;
	return length == n || path[length - n - 1] == '/' || *name == '/';
}

static bool is_function(const char *function, const char *name)
{
	char bare[4096];

	if (!function)
		return false;
	if (!strcmp(function, name))
		return true;
	wrapper_bare(function, bare, sizeof(bare));
	return !strcmp(bare, name);
}

/* A function's name may have colons, but none with a number behind it. */
static bool is_line(const struct digest_frame *f, const char *line)
{
	const char *colon = strrchr(line, ':');
	char *end = NULL;
	unsigned long number = 0;

	if (f->cut)
		return false;
	if (colon && colon[1] >= '0' && colon[1] <= '9')
		number = strtoul(colon + 1, &end, 10);
	if (!end || *end != '\0')
		return is_function(f->function, line);
	return f->line == number &&
	       is_file(f->file, line, (size_t)(colon - line));
}

const char *follow_place(const char *text)
{
	const char *equals = strchr(text, '=');

	return equals ? equals + 1 : text;
}

const char *follow_label(struct arena *a, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		return text;
	return arena_printf(a, "%.*s", (int)(equals - text), text);
}

int follow_check(const char *const *texts, size_t nr,
		 const struct heapprof_listener *listener)
{
	for (size_t i = 0; i < nr; i++) {
		if (*texts[i] != '=' && *follow_place(texts[i]))
			continue;
		say(listener, HEAPPROF_ERROR,
		    "--line: '%s' is not LABEL=FILE:LINE or LABEL=FUNCTION",
		    texts[i]);
		return -EINVAL;
	}
	return 0;
}

static bool is_known(const struct digest *d, const char *line)
{
	for (size_t i = 0; i < d->nr_frames; i++)
		if (is_line(&d->frames[i], line))
			return true;
	return false;
}

void follow_bind(const struct digest *d, const char *const *texts, size_t nr,
		 const struct heapprof_listener *listener)
{
	for (size_t i = 0; i < nr; i++)
		if (!is_known(d, follow_place(texts[i])))
			say(listener, HEAPPROF_WARNING,
			    "--line: nothing allocated at '%s'; the view top "
			    "has the lines with --by=line",
			    follow_place(texts[i]));
}

/* @match is room for all frames. */
static void find_line(const struct query *q, const struct places *places,
		      const char *line, bool cumulative, bool *match,
		      bool *counts)
{
	const struct digest *d = q->digest;

	for (size_t k = 0; k < d->nr_frames; k++)
		match[k] = is_line(&d->frames[k], line);
	for (size_t k = 1; k < d->nr_traces; k++) {
		const struct digest_trace *t = &d->traces[k];
		uint32_t site = places_site(places, d, t);

		if (!cumulative && site < t->nr_frames)
			counts[k] = match[t->frames[site]];
		for (uint32_t n = 0; cumulative && n < t->nr_frames; n++)
			counts[k] |= match[t->frames[n]];
	}
}

int follow_find(const struct query *q, const char *const *lines, size_t nr,
		bool cumulative, struct follow *out)
{
	const struct digest *d = q->digest;
	struct places places;
	bool *match = arena_alloc(q->arena, d->nr_frames, sizeof(*match));
	int err = places_group(q, &places);

	*out = (struct follow){.nr = nr, .nr_traces = d->nr_traces};
	if (nr < SIZE_MAX / d->nr_traces)
		out->counts = arena_alloc(q->arena, nr * d->nr_traces,
					  sizeof(*out->counts));
	if (!match || !out->counts)
		return -ENOMEM;
	for (size_t i = 0; i < nr && !err; i++)
		find_line(q, &places, lines[i], cumulative, match,
			  out->counts + i * d->nr_traces);
	return err;
}

struct sum follow_live(const struct follow *l, size_t line,
		       const struct digest_usage *usage, size_t n)
{
	const bool *counts = l->counts + line * l->nr_traces;
	struct sum live = {0};

	for (size_t i = 0; i < n; i++)
		if (usage[i].trace < l->nr_traces && counts[usage[i].trace])
			weigh_add(&live, &usage[i].live);
	return live;
}
