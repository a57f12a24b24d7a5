/* SPDX-License-Identifier: MIT */

#include "known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "list.h"

struct known_place {
	size_t first; /* of its frames */
	uint32_t nr;
	bool known;
};

/* Strings by number plus one; 0: none. */
struct known_frame {
	uint32_t function, file, line;
	bool inlined;
};

void known_fini(struct known *k)
{
	intern_fini(&k->files);
	intern_fini(&k->places);
	intern_fini(&k->strings);
	free(k->list);
	free(k->frames);
	memset(k, 0, sizeof(*k));
}

int known_file(struct known *k, const struct metadata_module *m, uint32_t *file)
{
	size_t path = strlen(m->path) + 1;
	size_t id = m->is.build_id_length;
	size_t n = path + id + sizeof(m->is.file_size) +
		   sizeof(m->is.file_mtime_ns);
	char *key = malloc(n), *p = key;
	int error;

	if (!key)
		return -ENOMEM;
	p = mempcpy(p, m->path, path);
	p = mempcpy(p, m->is.build_id, id);
	p = mempcpy(p, &m->is.file_size, sizeof(m->is.file_size));
	memcpy(p, &m->is.file_mtime_ns, sizeof(m->is.file_mtime_ns));
	error = intern_add(&k->files, key, n, file);
	free(key);
	return error;
}

int known_place(struct known *k, uint32_t file, uint64_t offset,
		uint32_t *place)
{
	uint64_t key[] = {file, offset};
	struct known_place *list;
	int error = intern_add(&k->places, key, sizeof(key), place);

	if (error || *place < k->nr)
		return error;
	list = list_grow(k->list, k->nr, &k->room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	k->list = list;
	k->list[k->nr++] = (struct known_place){0};
	return 0;
}

bool known_has(const struct known *k, uint32_t place)
{
	return k->list[place].known;
}

static const char *string_of(const struct known *k, uint32_t number)
{
	size_t n;

	return number ? intern_get(&k->strings, number - 1, &n) : NULL;
}

void known_get(const struct known *k, uint32_t place, size_t index,
	       symbols_fn *fn, void *arg)
{
	struct symbols_frame frames[SYMBOLS_FRAMES_MAX];
	const struct known_place *p = &k->list[place];

	for (uint32_t i = 0; i < p->nr; i++) {
		const struct known_frame *f = &k->frames[p->first + i];

		frames[i] = (struct symbols_frame){
			.function = string_of(k, f->function),
			.file = string_of(k, f->file),
			.line = f->line,
			.inlined = f->inlined};
	}
	fn(arg, index, frames, p->nr);
}

static int add_string(struct known *k, const char *s, uint32_t *number)
{
	int error;

	*number = 0;
	if (!s)
		return 0;
	error = intern_add(&k->strings, s, strlen(s) + 1, number);
	++*number;
	return error;
}

static int add_frame(struct known *k, const struct symbols_frame *frame)
{
	struct known_frame f = {.line = frame->line, .inlined = frame->inlined};
	struct known_frame *frames = list_grow(
		k->frames, k->nr_frames, &k->frames_room, sizeof(*frames));
	int error;

	if (!frames)
		return -ENOMEM;
	k->frames = frames;
	error = add_string(k, frame->function, &f.function);
	if (!error)
		error = add_string(k, frame->file, &f.file);
	if (!error)
		k->frames[k->nr_frames++] = f;
	return error;
}

int known_put(struct known *k, uint32_t place,
	      const struct symbols_frame *frames, size_t n)
{
	size_t first = k->nr_frames;
	int error = 0;

	n = MIN(n, SYMBOLS_FRAMES_MAX);
	for (size_t i = 0; i < n && !error; i++)
		error = add_frame(k, &frames[i]);
	if (!error)
		k->list[place] = (struct known_place){
			.first = first, .nr = (uint32_t)n, .known = true};
	return error;
}
