/* SPDX-License-Identifier: MIT */

/*
 * Memory is in proportion to the file: a number in it is believed only as far
 * as the file is long enough for it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/varint.h"
#include "list.h"

#include "metadata.h"

static void note_damage(struct metadata *m, uint64_t slot, uint64_t bytes)
{
	if (m->damaged_blocks++ == 0)
		m->first_damage = slot * BLOCK_SIZE;
	m->damaged_bytes += bytes;
}

/* What loading keeps to itself. */
struct loader {
	struct metadata *m;
	struct blocks *b;
	uint64_t slot;
	size_t node_room, thread_room, module_room, mark_room;
};

static int load_nodes(struct loader *l, const struct block_header *h)
{
	const struct hpm_node *node = (const struct hpm_node *)(h + 1);
	uint64_t nr = h->used / sizeof(*node);
	uint64_t limit = blocks_count(l->b) * HPM_NODES_PER_BLOCK;
	struct metadata *m = l->m;
	struct hpm_node *nodes;
	bool good = h->first > 0 && h->first <= limit && nr <= limit &&
		    h->first + nr <= UINT32_MAX;

	if (!good) {
		note_damage(m, l->slot, h->used);
		return 0;
	}
	nodes = list_grow(m->nodes, h->first + nr, &l->node_room,
			  sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	m->nodes = nodes;
	for (uint64_t i = m->nr_nodes; i < h->first; i++)
		memset(&nodes[i], 0xff, sizeof(nodes[i]));
	memcpy(nodes + h->first, node, nr * sizeof(*node));
	m->nr_nodes = MAX(m->nr_nodes, (uint32_t)(h->first + nr));
	for (uint64_t i = h->first; i < h->first + nr; i++)
		if (nodes[i].parent >= i)
			nodes[i].parent = METADATA_MISSING;
	return 0;
}

static int load_threads(struct loader *l, const struct block_header *h)
{
	const struct hpm_thread *thread = (const struct hpm_thread *)(h + 1);
	uint64_t nr = h->used / sizeof(*thread);
	struct metadata *m = l->m;
	struct hpm_thread *threads;

	if (h->first == 0 || h->first > HPM_THREADS_MAX ||
	    h->first + nr > HPM_THREADS_MAX + 1) {
		note_damage(m, l->slot, h->used);
		return 0;
	}
	threads = list_grow(m->threads, h->first + nr, &l->thread_room,
			    sizeof(*threads));
	if (!threads)
		return -ENOMEM;
	m->threads = threads;
	for (uint64_t i = m->nr_threads; i < h->first; i++)
		threads[i] = (struct hpm_thread){0};
	memcpy(threads + h->first, thread, nr * sizeof(*thread));
	m->nr_threads = MAX(m->nr_threads, (uint32_t)(h->first + nr));
	return 0;
}

static struct metadata_module *find_module(const struct metadata *m,
					   uint32_t number)
{
	size_t low = 0, high = m->nr_modules;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (m->modules[middle].is.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < m->nr_modules && m->modules[low].is.number == number)
		return &m->modules[low];
	return NULL;
}

const struct metadata_module *metadata_find_module(const struct metadata *m,
						   uint32_t number)
{
	return find_module(m, number);
}

static int add_module(struct loader *l, const struct hpm_module *record)
{
	struct metadata_module *module = find_module(l->m, record->number);
	struct metadata_module *modules;
	size_t nr = l->m->nr_modules;
	char *path;

	if (record->gone && module)
		module->gone_tick = record->tick;
	if (record->gone || module)
		return 0;
	if (nr > 0 && l->m->modules[nr - 1].is.number > record->number)
		return 0; /* out of order: as good as missing */
	path = strndup(record->path, record->path_length);
	modules = path ? list_grow(l->m->modules, nr, &l->module_room,
				   sizeof(*modules))
		       : NULL;
	if (!modules) {
		free(path);
		return -ENOMEM;
	}
	l->m->modules = modules;
	modules[nr] = (struct metadata_module){
		.is = *record, .path = path, .gone_tick = UINT64_MAX};
	modules[nr].is.path = path;
	l->m->nr_modules++;
	return 0;
}

static int load_modules(struct loader *l, const struct block_header *h)
{
	struct cursor c = {(const uint8_t *)(h + 1), NULL, false};
	struct hpm_module record;
	enum format_status status;
	int error = 0;

	c.end = c.p + h->used;
	while (error == 0 &&
	       (status = hpm_get_module(&c, &record)) != FORMAT_END) {
		if (status != FORMAT_OK) {
			note_damage(l->m, l->slot, h->used);
			break;
		}
		error = add_module(l, &record);
	}
	return error;
}

static int add_mark(struct loader *l, const struct hpm_mark *record)
{
	char *label = strndup(record->label, record->label_length);
	size_t nr = l->m->nr_marks;
	struct metadata_mark *marks =
		label ? list_grow(l->m->marks, nr, &l->mark_room,
				  sizeof(*marks))
		      : NULL;

	if (!marks) {
		free(label);
		return -ENOMEM;
	}
	l->m->marks = marks;
	marks[nr] =
		(struct metadata_mark){record->tick, nr, record->thread, label};
	l->m->nr_marks++;
	return 0;
}

static int load_marks(struct loader *l, const struct block_header *h)
{
	struct cursor c = {(const uint8_t *)(h + 1), NULL, false};
	struct hpm_mark record;
	enum format_status status;
	int error = 0;

	c.end = c.p + h->used;
	while (error == 0 &&
	       (status = hpm_get_mark(&c, &record)) != FORMAT_END) {
		if (status != FORMAT_OK) {
			note_damage(l->m, l->slot, h->used);
			break;
		}
		error = add_mark(l, &record);
	}
	return error;
}

static int load_state(struct loader *l, const struct block_header *h)
{
	memcpy(&l->m->state, h + 1, MIN(sizeof(l->m->state), h->used));
	return 0;
}

static int load_block(struct loader *l, const struct block_header *h)
{
	static int (*const load[])(struct loader *,
				   const struct block_header *) = {
		[BLOCK_STATE] = load_state,	[BLOCK_NODES] = load_nodes,
		[BLOCK_THREADS] = load_threads, [BLOCK_MODULES] = load_modules,
		[BLOCK_MARKS] = load_marks,
	};

	if (h->kind < ARRAY_SIZE(load) && load[h->kind])
		return load[h->kind](l, h);
	note_damage(l->m, l->slot, h->used);
	return 0;
}

static int compare_marks(const void *a, const void *b)
{
	const struct metadata_mark *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static int load_all(struct loader *l, struct block_header *h)
{
	uint64_t nr = blocks_count(l->b);
	int error = 0;

	for (l->slot = 1; l->slot < nr && error == 0; l->slot++) {
		enum format_status s = blocks_read(l->b, l->slot, true, h);

		if (s == FORMAT_TRUNCATED)
			l->m->cut = true;
		if (s == FORMAT_DAMAGED)
			note_damage(l->m, l->slot, BLOCK_SIZE);
		if (s == FORMAT_OK || s == FORMAT_TRUNCATED)
			error = load_block(l, h);
	}
	return error;
}

/*
 * Each node is in the file once, but in the traces of all that it calls: what
 * is made of them is in proportion to the file only if depth has a limit.
 */
static int cut_deep(struct metadata *m)
{
	uint16_t *depth = calloc(MAX(m->nr_nodes, 1), sizeof(*depth));

	if (!depth)
		return -ENOMEM;
	for (uint32_t i = 1; i < m->nr_nodes; i++) {
		uint32_t parent = m->nodes[i].parent;

		if (parent == METADATA_MISSING)
			continue;
		depth[i] = (uint16_t)(depth[parent] + 1);
		if (depth[i] <= HPM_DEPTH_MAX + 1)
			continue;
		m->nodes[i].parent = METADATA_MISSING;
		m->deep_nodes++;
		depth[i] = 0;
	}
	free(depth);
	return 0;
}

int metadata_load(struct metadata *m, struct blocks *b)
{
	struct loader l = {.m = m, .b = b};
	struct block_header *h = malloc(BLOCK_SIZE);
	int error;

	memset(m, 0, sizeof(*m));
	if (!h)
		return -ENOMEM;
	error = load_all(&l, h);
	free(h);
	if (!error)
		error = cut_deep(m);
	if (error)
		metadata_fini(m);
	else if (m->nr_marks > 0)
		qsort(m->marks, m->nr_marks, sizeof(*m->marks), compare_marks);
	return error;
}

void metadata_fini(struct metadata *m)
{
	for (size_t i = 0; i < m->nr_modules; i++)
		free(m->modules[i].path);
	for (size_t i = 0; i < m->nr_marks; i++)
		free(m->marks[i].label);
	free(m->nodes);
	free(m->threads);
	free(m->modules);
	free(m->marks);
	memset(m, 0, sizeof(*m));
}

static uint64_t count_block(const struct block_header *h)
{
	const struct hpm_thread *thread = (const struct hpm_thread *)(h + 1);
	uint64_t nr = h->used / sizeof(*thread);
	uint64_t events = 0;

	for (uint64_t i = 0; i < nr; i++)
		events += thread[i].recorded + thread[i].freed;
	return events;
}

uint64_t metadata_count_events(struct blocks *b, struct hpm_state *state)
{
	struct block_header *h = malloc(BLOCK_SIZE);
	uint64_t nr = blocks_count(b);
	uint64_t events = 0;

	memset(state, 0, sizeof(*state));
	for (uint64_t slot = 1; h && slot < nr; slot++) {
		if (blocks_peek(b, slot, h) != FORMAT_OK)
			continue;
		if (h->kind != BLOCK_STATE && h->kind != BLOCK_THREADS)
			continue;
		if (blocks_read(b, slot, true, h) != FORMAT_OK)
			continue;
		if (h->kind == BLOCK_STATE)
			memcpy(state, h + 1, MIN(sizeof(*state), h->used));
		else if (h->kind == BLOCK_THREADS)
			events += count_block(h);
	}
	free(h);
	return events;
}
