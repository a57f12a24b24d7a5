/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base.h"

#include "name.h"
#include "pprof_places.h"
#include "proto.h"

/* A location is a frame with those that are inlined into it. */

enum location {
	LOCATION_ID = 1,
	LOCATION_MAPPING,
	LOCATION_ADDRESS,
	LOCATION_LINE
};
enum line { LINE_FUNCTION = 1, LINE_LINE };
enum function { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_FILE = 4 };
enum mapping {
	MAPPING_ID = 1,
	MAPPING_START,
	MAPPING_LIMIT,
	MAPPING_FILE = 5,
	MAPPING_BUILD_ID,
	MAPPING_HAS_FUNCTIONS,
	MAPPING_HAS_FILES,
	MAPPING_HAS_LINES,
	MAPPING_HAS_INLINES
};

uint32_t pprof_number(struct pprof_places *p, struct intern *in,
		      const void *key, size_t n)
{
	uint32_t number = 0;

	if (intern_add(in, key, n, &number))
		p->err = -ENOMEM;
	return number;
}

uint32_t pprof_string(struct pprof_places *p, const char *s)
{
	return pprof_number(p, &p->strings, s, strlen(s));
}

/* The number of a module; @is: what is known of it, or NULL. */
static uint32_t add_module(struct pprof_places *p, const char *path,
			   const struct history_module *is)
{
	uint32_t nr = p->paths.nr;
	uint32_t number = pprof_number(p, &p->paths, path, strlen(path));

	if (number == nr)
		p->modules[nr].path = path;
	/* Where it was mapped several times, the first one. */
	if (!p->modules[number].is)
		p->modules[number].is = is;
	return number;
}

static void add_frame_module(struct pprof_places *p, size_t frame)
{
	const struct place *place = &p->h->frames[frame].place;
	struct pprof_module *m;

	if (!place->module)
		return;
	p->module_of[frame] = add_module(p, place->module, NULL) + 1;
	m = &p->modules[p->module_of[frame] - 1];
	m->functions |= place->function != NULL;
	m->files |= place->file != NULL;
	m->lines |= place->line != 0;
	m->inlines |= place->inlined;
}

static void put_mapping(struct pprof_places *p, uint32_t i)
{
	const struct pprof_module *m = &p->modules[i];
	struct bytes *b = &p->message;

	proto_int(b, MAPPING_ID, i + 1);
	if (m->is) {
		proto_int(b, MAPPING_START, m->is->start);
		proto_int(b, MAPPING_LIMIT, m->is->start + m->is->size);
	}
	proto_int(b, MAPPING_FILE, pprof_string(p, m->path));
	if (m->is && m->is->build_id)
		proto_int(b, MAPPING_BUILD_ID,
			  pprof_string(p, m->is->build_id));
	proto_int(b, MAPPING_HAS_FUNCTIONS, m->functions);
	proto_int(b, MAPPING_HAS_FILES, m->files);
	proto_int(b, MAPPING_HAS_LINES, m->lines);
	proto_int(b, MAPPING_HAS_INLINES, m->inlines);
	proto_element(&p->mapping_messages, PPROF_MAPPING, b->p, b->n);
	b->n = 0;
}

/* The program first, as pprof takes that for what was profiled. */
static void find_modules(struct pprof_places *p)
{
	const struct history *h = p->h;

	for (size_t i = 0; i < h->nr_modules; i++)
		if (p->program && !strcmp(h->modules[i].path, p->program))
			add_module(p, p->program, &h->modules[i]);
	for (size_t i = 0; i < h->nr_modules; i++)
		add_module(p, h->modules[i].path, &h->modules[i]);
	for (size_t i = 0; i < h->nr_frames; i++)
		add_frame_module(p, i);
	for (uint32_t i = 0; i < p->paths.nr; i++)
		put_mapping(p, i);
}

static uint64_t function_id(struct pprof_places *p, const struct place *place)
{
	char name[NAME_BYTES];
	uint32_t key[2], nr = p->functions.nr, number;
	struct bytes *b = &p->message;

	name_place(name, place, NAME_BYTES, true);
	key[0] = pprof_string(p, name);
	key[1] = place->file ? pprof_string(p, place->file) : 0;
	number = pprof_number(p, &p->functions, key, sizeof(key));
	if (number == nr) {
		proto_int(b, FUNCTION_ID, number + 1);
		proto_int(b, FUNCTION_NAME, key[0]);
		proto_int(b, FUNCTION_FILE, key[1]);
		proto_element(&p->function_messages, PPROF_FUNCTION, b->p,
			      b->n);
		b->n = 0;
	}
	return number + 1;
}

static void put_line(struct pprof_places *p, const struct place *place)
{
	uint64_t id = function_id(p, place);
	struct bytes *b = &p->line;

	b->n = 0;
	proto_int(b, LINE_FUNCTION, id);
	proto_int(b, LINE_LINE, place->line);
	proto_element(&p->location, LOCATION_LINE, b->p, b->n);
}

/* The address that the frame which the others are inlined into has. */
static void put_address(struct pprof_places *p, uint32_t frame)
{
	uint64_t address = p->h->frames[frame].place.offset;
	const struct pprof_module *m;

	if (p->module_of[frame]) {
		m = &p->modules[p->module_of[frame] - 1];
		proto_int(&p->location, LOCATION_MAPPING, p->module_of[frame]);
		if (m->is)
			address += m->is->start - m->is->offset;
	}
	proto_int(&p->location, LOCATION_ADDRESS, address);
}

/* @n frames at one address, innermost first. */
static void put_location(struct pprof_places *p, const uint32_t *frames,
			 uint32_t n, uint64_t id)
{
	struct bytes *b = &p->location;

	proto_int(b, LOCATION_ID, id);
	put_address(p, frames[n - 1]);
	for (uint32_t i = 0; i < n; i++) {
		const struct place *place = &p->h->frames[frames[i]].place;

		/* Without a line, pprof looks for symbols by itself. */
		if (place->function || place->file || !place->module)
			put_line(p, place);
	}
	proto_element(&p->location_messages, PPROF_LOCATION, b->p, b->n);
	b->n = 0;
}

static uint64_t location_id(struct pprof_places *p, const uint32_t *frames,
			    uint32_t n)
{
	uint32_t nr = p->locations.nr;
	uint32_t number =
		pprof_number(p, &p->locations, frames, n * sizeof(*frames));

	if (number == nr)
		put_location(p, frames, n, number + 1);
	return number + 1;
}

/* A place that is no frame, where there is no stack: once, with its name. */
static uint64_t named_location(struct pprof_places *p, const char *name)
{
	uint32_t nr = p->locations.nr;
	uint32_t number = pprof_number(p, &p->locations, name, strlen(name));
	struct place place = {.function = name};

	if (number == nr) {
		proto_int(&p->location, LOCATION_ID, number + 1);
		put_line(p, &place);
		proto_element(&p->location_messages, PPROF_LOCATION,
			      p->location.p, p->location.n);
		p->location.n = 0;
	}
	return number + 1;
}

/* The locations of a trace, innermost first, to p->ids. */
size_t pprof_locations(struct pprof_places *p, uint32_t trace)
{
	const struct history_trace *t = &p->h->traces[trace];
	size_t n = 0;

	for (uint32_t i = 0, first = 0; i < t->nr_frames; i++) {
		const struct place *place = &p->h->frames[t->frames[i]].place;

		if (place->inlined && i + 1 < t->nr_frames)
			continue;
		p->ids[n++] = location_id(p, &t->frames[first], i + 1 - first);
		first = i + 1;
	}
	if (!n)
		p->ids[n++] = named_location(p, trace == HISTORY_OTHER
							? p->other
							: "(stack unknown)");
	return n;
}

int pprof_places_init(struct pprof_places *p, const struct history *h,
		      const char *program, double precision)
{
	size_t deepest = 0;

	*p = (struct pprof_places){.h = h, .program = program};
	for (size_t i = 0; i < h->nr_traces; i++)
		deepest = MAX(deepest, h->traces[i].nr_frames);
	p->ids = arena_alloc(&p->arena, deepest + 1, sizeof(*p->ids));
	p->module_of =
		arena_alloc(&p->arena, h->nr_frames, sizeof(*p->module_of));
	p->modules = arena_alloc(&p->arena, h->nr_modules + h->nr_frames + 1,
				 sizeof(*p->modules));
	p->other = arena_printf(&p->arena, "(small ones, by --precision %g)",
				precision);
	if (!p->ids || !p->module_of || !p->modules || !p->other)
		return -ENOMEM;
	pprof_string(p, "");
	find_modules(p);
	return p->err;
}

int pprof_places_error(const struct pprof_places *p)
{
	if (p->mapping_messages.failed || p->location_messages.failed ||
	    p->function_messages.failed || p->location.failed ||
	    p->message.failed || p->line.failed)
		return -ENOMEM;
	return p->err;
}

void pprof_places_fini(struct pprof_places *p)
{
	intern_fini(&p->strings);
	intern_fini(&p->functions);
	intern_fini(&p->locations);
	intern_fini(&p->paths);
	bytes_fini(&p->mapping_messages);
	bytes_fini(&p->location_messages);
	bytes_fini(&p->function_messages);
	bytes_fini(&p->location);
	bytes_fini(&p->message);
	bytes_fini(&p->line);
	arena_fini(&p->arena);
}
