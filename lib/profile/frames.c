/* SPDX-License-Identifier: MIT */

/*
 * Nodes share addresses and addresses share frames, so each step is done once
 * for what is different: used nodes, then places (file, offset) sorted, then
 * one look-up a file, then the frames, module by module.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"

#include "files.h"
#include "frames.h"

#define RECORDER "libheapprof-preload.so"

struct frames_place {
	uint64_t offset; /* in the ELF file, or the address */
	uint32_t module; /* number of the first that is this file, 0: none */
	uint32_t node;	 /* while they are collected */
	size_t first;	 /* in lists */
	uint32_t nr;	 /* frames; 0: not looked up */
};

int frames_string(struct frames *f, const char *s, uint32_t *number)
{
	int error;

	*number = 0;
	if (!s)
		return 0;
	error = intern_add(&f->strings, s, strlen(s) + 1, number);
	++*number;
	return error;
}

static int add_frame(struct frames *f, const struct hpc_frame *frame,
		     uint32_t *number)
{
	uint32_t known = f->keys.nr;
	uint64_t *offsets = list_grow(f->offsets, known, &f->offsets_room,
				      sizeof(*offsets));
	struct hpc_frame key;
	int error;

	if (!offsets)
		return -ENOMEM;
	f->offsets = offsets;
	memset(&key, 0, sizeof(key)); /* the padding is compared, too */
	key.function = frame->function;
	key.file = frame->file;
	key.module = frame->module;
	key.line = frame->line;
	key.flags = frame->flags;
	key.offset = frame->function ? 0 : frame->offset;
	error = intern_add(&f->keys, &key, sizeof(key), number);
	if (error)
		return error;
	/* The lowest, whatever the order in which they come. */
	if (*number == known || offsets[*number] > frame->offset)
		offsets[*number] = frame->offset;
	return 0;
}

void frames_get(const struct frames *f, uint32_t i, struct hpc_frame *out)
{
	size_t n;

	memcpy(out, intern_get(&f->keys, i, &n), sizeof(*out));
	out->offset = f->offsets[i];
}

static int append(struct frames *f, struct frames_place *place,
		  const struct hpc_frame *frame)
{
	uint32_t number, *lists;
	int error = add_frame(f, frame, &number);

	if (error)
		return error;
	lists = list_grow(f->lists, f->nr_lists, &f->lists_room,
			  sizeof(*lists));
	if (!lists)
		return -ENOMEM;
	f->lists = lists;
	lists[f->nr_lists++] = number;
	place->nr++;
	return 0;
}

static bool node_is_missing(const struct metadata *m, uint32_t node)
{
	return node >= m->nr_nodes || m->nodes[node].parent == METADATA_MISSING;
}

static uint32_t module_of(const struct hpm_node *n)
{
	return n->module;
}

static void set_place(const struct metadata *m, const uint32_t *files,
		      uint32_t node, struct frames_place *place)
{
	const struct hpm_node *n = &m->nodes[node];
	const struct metadata_module *module =
		metadata_find_module(m, module_of(n));

	memset(place, 0, sizeof(*place));
	place->node = node;
	place->module = module ? files[module - m->modules] : 0;
	/* A return address can be that of the next function. */
	place->offset = n->address - 1;
	if (module)
		place->offset -= module->is.bias;
}

/* Marks the nodes from @node outward as used; returns how many are new. */
static size_t mark_nodes(struct frames *f, uint32_t node)
{
	size_t n = 0;

	while (node != 0 && !node_is_missing(f->metadata, node) &&
	       f->place_of_node[node] == 0) {
		f->place_of_node[node] = 1;
		node = f->metadata->nodes[node].parent;
		n++;
	}
	return n;
}

static int compare_places(const void *a, const void *b)
{
	const struct frames_place *x = a, *y = b;

	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->node < y->node ? -1 : 1;
}

/* Leaves one place of equal ones, and tells their nodes where it is. */
static void merge_places(struct frames *f, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct frames_place *p = &f->places[i];
		struct frames_place *last =
			f->nr_places ? &f->places[f->nr_places - 1] : NULL;

		if (!last || last->module != p->module ||
		    last->offset != p->offset)
			f->places[f->nr_places++] = *p;
		f->place_of_node[p->node] = (uint32_t)f->nr_places;
	}
}

static int collect_places(struct frames *f, const uint32_t *nodes, size_t nr)
{
	size_t used = 0, n = 0;
	uint32_t *files;

	f->place_of_node =
		calloc(MAX(f->metadata->nr_nodes, 1), sizeof(uint32_t));
	if (!f->place_of_node)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		used += mark_nodes(f, nodes[i]);
	f->places = malloc(MAX(used, 1) * sizeof(*f->places));
	files = f->places ? files_first(f->metadata) : NULL;
	if (!files)
		return -ENOMEM;
	for (uint32_t i = 1; i < f->metadata->nr_nodes; i++)
		if (f->place_of_node[i])
			set_place(f->metadata, files, i, &f->places[n++]);
	free(files);
	qsort(f->places, n, sizeof(*f->places), compare_places);
	merge_places(f, n);
	return 0;
}

/* The places in one module. */
struct group {
	size_t first, nr;
	const struct metadata_module *module; /* NULL: in none */
};

/* All of them, and the one that is named just now. */
struct naming {
	struct frames *f;
	struct group *groups;
	struct lookup_module *lookups; /* by group */
	size_t nr;
	struct known *known;	     /* or NULL */
	uint32_t *numbers;	     /* in it, by place */
	uint64_t *addresses;	     /* to look up; a group's from its first */
	uint32_t *asked;	     /* which place of the group, likewise */
	struct frames_place *places; /* of the group */
	uint32_t path;		     /* string */
	bool named;		     /* a function was found */
	int error;
};

static void take_frames(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n)
{
	struct naming *l = arg;
	struct frames_place *place = &l->places[index];

	place->first = l->f->nr_lists;
	for (size_t i = 0; i < n && l->error == 0; i++) {
		struct hpc_frame frame = {
			.module = l->path,
			.line = frames[i].line,
			.flags = frames[i].inlined ? HPC_FRAME_INLINED : 0,
			.offset = place->offset,
		};

		l->error = frames_string(l->f, frames[i].function,
					 &frame.function);
		if (l->error == 0)
			l->error = frames_string(l->f, frames[i].file,
						 &frame.file);
		if (l->error == 0)
			l->error = append(l->f, place, &frame);
		l->named |= frames[i].function != NULL;
	}
}

static void take_answer(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n)
{
	struct naming *l = arg;
	size_t first = (size_t)(l->places - l->f->places);
	uint32_t place = l->asked[first + index];

	take_frames(l, place, frames, n);
	if (l->known && l->error == 0)
		l->error = known_put(l->known, l->numbers[first + place],
				     frames, n);
}

static bool is_known(const struct naming *l, size_t place)
{
	return l->known && known_has(l->known, l->numbers[place]);
}

static void take_known(struct naming *l, const struct group *g)
{
	for (size_t i = 0; i < g->nr && l->error == 0; i++)
		if (is_known(l, g->first + i))
			known_get(l->known, l->numbers[g->first + i], i,
				  take_frames, l);
}

/* Places without symbols are frames, too: module and offset. */
static int name_rest(struct naming *l, size_t nr)
{
	int error = 0;

	for (size_t i = 0; i < nr && error == 0; i++) {
		struct frames_place *place = &l->places[i];
		struct hpc_frame frame = {.module = l->path,
					  .offset = place->offset};

		if (place->nr > 0)
			continue;
		place->first = l->f->nr_lists;
		error = append(l->f, place, &frame);
	}
	return error;
}

/* Nothing to look up: the file and the line are the frame. */
static int name_lines(struct naming *l, size_t nr)
{
	int error = 0;

	for (size_t i = 0; i < nr && error == 0; i++) {
		struct frames_place *place = &l->places[i];
		struct hpc_frame frame = {.file = l->path,
					  .line = (uint32_t)place->offset};

		place->first = l->f->nr_lists;
		error = append(l->f, place, &frame);
	}
	return error;
}

static int name_group(void *arg, size_t i, const struct answers *answers)
{
	struct naming *l = arg;
	const struct group *g = &l->groups[i];

	l->places = &l->f->places[g->first];
	l->path = 0;
	l->named = false;
	if (g->module)
		l->error = frames_string(l->f, g->module->path, &l->path);
	if (g->module && g->module->source)
		return l->error ? l->error : name_lines(l, g->nr);
	if (g->module)
		take_known(l, g);
	if (l->error == 0 && answers)
		answers_each(answers, take_answer, l);
	if (l->error == 0)
		l->error = name_rest(l, g->nr);
	if (g->module && !l->named)
		l->f->unknown_modules++;
	return l->error;
}

/* Chooses what is to be looked up; returns how many. */
static size_t ask(struct naming *l, const struct group *g)
{
	uint32_t file = 0;
	size_t nr = 0;

	if (l->known)
		l->error = known_file(l->known, g->module, &file);
	for (size_t i = 0; i < g->nr && l->error == 0; i++) {
		uint64_t offset = l->f->places[g->first + i].offset;

		if (l->known)
			l->error = known_place(l->known, file, offset,
					       &l->numbers[g->first + i]);
		if (l->error || is_known(l, g->first + i))
			continue;
		l->addresses[g->first + nr] = offset;
		l->asked[g->first + nr++] = (uint32_t)i;
	}
	return nr;
}

/* Adds the group that begins at @first; returns where the next one does. */
static size_t add_group(struct naming *l, size_t first)
{
	const struct frames *f = l->f;
	struct group *g = &l->groups[l->nr];
	const struct metadata_module *m;
	size_t next = first;

	while (next < f->nr_places &&
	       f->places[next].module == f->places[first].module)
		next++;
	m = metadata_find_module(f->metadata, f->places[first].module);
	*g = (struct group){.first = first, .nr = next - first, .module = m};
	if (m && !m->source)
		l->lookups[l->nr] = (struct lookup_module){
			.module = {.path = m->path,
				   .build_id = m->is.build_id,
				   .build_id_length = m->is.build_id_length,
				   .file_size = m->is.file_size,
				   .file_mtime_ns = m->is.file_mtime_ns},
			.addresses = &l->addresses[first],
			.nr = ask(l, g),
		};
	l->nr++;
	return next;
}

static int group_places(struct naming *l)
{
	const struct frames *f = l->f;
	size_t most = f->metadata->nr_modules + 1; /* or in none */

	l->groups = calloc(most, sizeof(*l->groups));
	l->lookups = calloc(most, sizeof(*l->lookups));
	l->addresses = calloc(MAX(f->nr_places, 1), sizeof(*l->addresses));
	l->numbers = calloc(MAX(f->nr_places, 1), sizeof(*l->numbers));
	l->asked = calloc(MAX(f->nr_places, 1), sizeof(*l->asked));
	if (!l->groups || !l->lookups || !l->addresses || !l->numbers ||
	    !l->asked)
		return -ENOMEM;
	for (size_t i = 0; i < f->nr_places && l->error == 0;)
		i = add_group(l, i);
	return l->error;
}

static int name_places(struct frames *f, const struct frames_options *options,
		       const struct heapprof_listener *listener)
{
	struct naming l = {
		.f = f, .known = options->no_symbols ? NULL : options->known};
	int error = group_places(&l);

	if (error == 0 && !options->no_symbols)
		error = lookup_modules(l.lookups, l.nr, &options->lookup,
				       listener, name_group, &l);
	for (size_t i = 0; error == 0 && options->no_symbols && i < l.nr; i++)
		error = name_group(&l, i, NULL);
	free(l.groups);
	free(l.lookups);
	free(l.addresses);
	free(l.numbers);
	free(l.asked);
	return error;
}

int frames_init(struct frames *f, const struct metadata *m,
		const uint32_t *nodes, size_t nr,
		const struct frames_options *options,
		const struct heapprof_listener *listener)
{
	static const struct hpc_frame cut = {.flags = HPC_FRAME_CUT};
	int error;

	memset(f, 0, sizeof(*f));
	f->metadata = m;
	error = collect_places(f, nodes, nr);
	if (error == 0)
		error = name_places(f, options, listener);
	if (error == 0)
		error = add_frame(f, &cut, &f->cut);
	return error;
}

void frames_fini(struct frames *f)
{
	intern_fini(&f->strings);
	intern_fini(&f->keys);
	free(f->offsets);
	free(f->places);
	free(f->place_of_node);
	free(f->lists);
	free(f->trace);
	memset(f, 0, sizeof(*f));
}

static int push(struct frames *f, uint32_t *n, const uint32_t *frames,
		uint32_t nr)
{
	uint32_t *p = list_grow(f->trace, *n + nr, &f->trace_room, sizeof(*p));

	if (!p)
		return -ENOMEM;
	f->trace = p;
	for (uint32_t i = 0; i < nr; i++)
		p[(*n)++] = frames[i];
	return 0;
}

static bool is_recorder(const struct metadata *m, uint32_t node)
{
	const struct metadata_module *module;
	const char *name;

	if (node == 0 || node_is_missing(m, node))
		return false;
	module = metadata_find_module(m, module_of(&m->nodes[node]));
	if (!module || module->source)
		return false;
	name = strrchr(module->path, '/');
	name = name ? name + 1 : module->path;
	return strncmp(name, RECORDER, strlen(RECORDER)) == 0;
}

/* A node can stand for many inlined functions, all said by a debug file. */
#define FRAMES_MAX (4 * HPM_DEPTH_MAX)

int frames_trace(struct frames *f, uint32_t node, const uint32_t **trace,
		 uint32_t *n)
{
	const struct metadata *m = f->metadata;
	int error = 0;

	*n = 0;
	while (is_recorder(m, node))
		node = m->nodes[node].parent;
	while (node != 0 && error == 0) {
		const struct frames_place *p;

		if (node_is_missing(m, node) || *n > FRAMES_MAX ||
		    m->nodes[node].address == HPM_NODE_CUT) {
			error = push(f, n, &f->cut, 1);
			break;
		}
		p = &f->places[f->place_of_node[node] - 1];
		error = push(f, n, f->lists + p->first, p->nr);
		node = m->nodes[node].parent;
	}
	*trace = f->trace;
	return error;
}
