/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "name.h"

/* Where a file was mapped several times, the first one; NULL: not known. */
static const struct history_module *find_module(const struct history *h,
						const char *path)
{
	for (size_t i = 0; i < h->nr_modules && path; i++)
		if (!strcmp(h->modules[i].path, path))
			return &h->modules[i];
	return NULL;
}

uint64_t *frame_addresses(const struct history *h, struct arena *a)
{
	uint64_t *out = arena_alloc(a, h->nr_frames, sizeof(*out));
	const struct history_module *m = NULL;
	const char *path = NULL;

	for (size_t i = 0; i < h->nr_frames && out; i++) {
		const struct place *place = &h->frames[i].place;

		/* Frames of one module are mostly side by side. */
		if (place->module != path) {
			path = place->module;
			m = find_module(h, path);
		}
		out[i] = place->offset + (m ? m->start - m->offset : 0);
	}
	return out;
}

const char *frame_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static char *make_label(struct arena *a, const struct place *place,
			uint64_t address)
{
	char name[NAME_BYTES], where[NAME_BYTES];
	const char *path = place->module ? place->module : "???";

	name_place(name, place, NAME_BYTES, true);
	if (place->file && place->line) {
		name_text(where, frame_basename(place->file), NAME_BYTES, true);
		return arena_printf(a, "0x%llx: %s (%s:%u)",
				    (unsigned long long)address, name, where,
				    place->line);
	}
	name_text(where, path, NAME_BYTES, true);
	return arena_printf(a, "0x%llx: %s (in %s)",
			    (unsigned long long)address, name, where);
}

char **frame_labels(const struct history *h, struct arena *a)
{
	char **out = arena_alloc(a, h->nr_frames, sizeof(*out));
	uint64_t *addresses = frame_addresses(h, a);

	for (size_t i = 0; i < h->nr_frames && out && addresses; i++) {
		out[i] = make_label(a, &h->frames[i].place, addresses[i]);
		if (!out[i])
			return NULL;
	}
	return addresses ? out : NULL;
}
