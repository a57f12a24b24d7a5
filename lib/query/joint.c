/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "joint.h"

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Modules by file name; programs have some dozens. */
struct modules {
	const char **of;
	size_t nr, room;
};

static const char *find_module(const struct modules *m, const char *module)
{
	for (size_t i = 0; i < m->nr; i++)
		if (m->of[i] == module ||
		    !strcmp(name_of(m->of[i]), name_of(module)))
			return m->of[i];
	return NULL;
}

/* The one of that file name that came first.  NULL: no memory. */
static const char *add_module(struct arena *arena, struct modules *m,
			      const char *module)
{
	const char *known = find_module(m, module);

	if (known)
		return known;
	if (m->nr == m->room) {
		const char **of;

		m->room = m->room ? m->room * 2 : 64;
		of = arena_alloc(arena, m->room, sizeof(*of));
		if (!of)
			return NULL;
		if (m->nr)
			memcpy(of, m->of, m->nr * sizeof(*of));
		m->of = of;
	}
	return m->of[m->nr++] = module;
}

static struct digest_frame *join_frames(struct arena *arena,
					const struct digest *d,
					const struct digest *base)
{
	size_t n = d->nr_frames + base->nr_frames;
	struct digest_frame *frames = arena_alloc(arena, n, sizeof(*frames));
	struct modules modules = {0};

	for (size_t i = 0; frames && i < n; i++) {
		struct digest_frame *f = &frames[i];

		*f = i < d->nr_frames ? d->frames[i]
				      : base->frames[i - d->nr_frames];
		if (!f->module)
			continue;
		f->module = add_module(arena, &modules, f->module);
		if (!f->module)
			return NULL;
	}
	return frames;
}

/* The traces of @base, their frames counted on from those of @d. */
static int add_traces(struct arena *arena, const struct digest *d,
		      const struct digest *base, struct digest_trace *out)
{
	size_t n = 0;
	uint32_t *frames;

	for (size_t i = 1; i < base->nr_traces; i++)
		n += base->traces[i].nr_frames;
	frames = arena_alloc(arena, n, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	for (size_t i = 1; i < base->nr_traces; i++) {
		const struct digest_trace *t = &base->traces[i];

		out[i - 1] = *t;
		out[i - 1].frames = frames;
		out[i - 1].record = NULL;
		for (uint32_t k = 0; k < t->nr_frames; k++)
			*frames++ = t->frames[k] + (uint32_t)d->nr_frames;
	}
	return 0;
}

int joint_make(struct arena *arena, const struct digest *d,
	       const struct digest *base, struct digest *out)
{
	size_t nr = d->nr_traces + base->nr_traces - 1;
	struct digest_trace *traces = arena_alloc(arena, nr, sizeof(*traces));

	*out = *d;
	out->frames = join_frames(arena, d, base);
	out->nr_frames = d->nr_frames + base->nr_frames;
	out->traces = traces;
	out->nr_traces = nr;
	if (!traces || !out->frames)
		return -ENOMEM;
	memcpy(traces, d->traces, d->nr_traces * sizeof(*traces));
	return add_traces(arena, d, base, traces + d->nr_traces);
}
