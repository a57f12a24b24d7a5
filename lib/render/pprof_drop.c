/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

#include "name.h"
#include "pprof.h"

#define PATTERN_MAX 32768u

/* Names without their parameters, as pprof compares them; by number. */
struct names {
	struct intern names;
	uint32_t *of; /* each frame plus one; 0: it cannot be dropped */
	bool *kept;   /* each name: somewhere it calls what is no wrapper */
};

/* Where the parameters of @function begin, or its end. */
static size_t name_length(const char *function)
{
	static const char anonymous[] = "(anonymous namespace)";
	static const char call[] = "operator()";
	size_t n = 0;

	while (function[n] && function[n] != '(') {
		const char *s = function + n;

		if (!strncmp(s, call, sizeof(call) - 1))
			n += sizeof(call) - 1;
		else
			n++;
		if (!strncmp(function + n, anonymous, sizeof(anonymous) - 1))
			n += sizeof(anonymous) - 1;
	}
	return n;
}

static int find_names(const struct history *h, struct names *n)
{
	n->of = calloc(h->nr_frames + 1, sizeof(*n->of));
	n->kept = calloc(h->nr_frames + 1, sizeof(*n->kept));
	if (!n->of || !n->kept)
		return -ENOMEM;
	for (size_t i = 0; i < h->nr_frames; i++) {
		const struct place *place = &h->frames[i].place;
		char name[NAME_BYTES];
		uint32_t number;

		if (!h->frames[i].wrapper || !place->function)
			continue;
		name_place(name, place, NAME_BYTES, true);
		if (intern_add(&n->names, name, name_length(name), &number))
			return -ENOMEM;
		n->of[i] = number + 1;
	}
	return 0;
}

/* From the site outward, what is called a wrapper has called something else. */
static void find_kept(const struct history *h, struct names *n)
{
	for (size_t i = 0; i < h->nr_traces; i++) {
		const struct history_trace *t = &h->traces[i];

		for (uint32_t k = t->site; k < t->nr_frames; k++)
			if (n->of[t->frames[k]])
				n->kept[n->of[t->frames[k]] - 1] = true;
	}
}

static void put_quoted(struct bytes *out, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("\\.+*?()|[]{}^$", name[i]))
			bytes_add(out, "\\", 1);
		bytes_add(out, &name[i], 1);
	}
}

static void put_pattern(const struct names *n, struct bytes *out)
{
	for (uint32_t i = 0; i < n->names.nr && out->n < PATTERN_MAX; i++) {
		size_t length;
		const char *name = intern_get(&n->names, i, &length);

		if (n->kept[i] || !length)
			continue;
		if (out->n)
			bytes_add(out, "|", 1);
		put_quoted(out, name, length);
	}
}

int pprof_drop_frames(const struct history *h, struct bytes *out)
{
	struct names n = {0};
	int err = find_names(h, &n);

	if (!err) {
		find_kept(h, &n);
		put_pattern(&n, out);
	}
	intern_fini(&n.names);
	free(n.of);
	free(n.kept);
	return err;
}
