/* SPDX-License-Identifier: MIT */

/*
 * Memory is in proportion to the file: a number in it is believed only as far
 * as the file is long enough for it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/varint.h"

#include "metadata.h"

static void note_damage(struct metadata *m, uint64_t slot, uint64_t bytes)
{
	if (m->damaged_blocks++ == 0)
		m->first_damage = slot * BLOCK_SIZE;
	m->damaged_bytes += bytes;
}

/* At least @nr elements of @size; new ones are @fill bytes. */
static int grow(void *array, uint32_t *have, uint64_t nr, size_t size, int fill)
{
	void **p = array;
	uint64_t room = MAX(nr, (uint64_t)*have * 3 / 2 + 8);
	uint8_t *q;

	if (nr <= *have)
		return 0;
	q = realloc(*p, room * size);
	if (!q)
		return -ENOMEM;
	memset(q + *have * size, fill, (room - *have) * size);
	*p = q;
	*have = (uint32_t)room;
	return 0;
}

/* What loading keeps to itself. */
struct loader {
	struct metadata *m;
	struct blocks *b;
	uint64_t slot;
	uint32_t node_room, thread_room;
	size_t module_room, mark_room;
};

static int load_nodes(struct loader *l, const struct block_header *h)
{
	const struct hpm_node *node = (const struct hpm_node *)(h + 1);
	uint64_t nr = h->used / sizeof(*node);
	uint64_t limit = blocks_count(l->b) * HPM_NODES_PER_BLOCK;
	struct metadata *m = l->m;
	bool good = h->first > 0 && h->first <= limit && nr <= limit &&
		    h->first + nr <= UINT32_MAX;

	if (!good) {
		note_damage(m, l->slot, h->used);
		return 0;
	}
	if (grow(&m->nodes, &l->node_room, h->first + nr, sizeof(*node), 0xff))
		return -ENOMEM;
	memcpy(m->nodes + h->first, node, nr * sizeof(*node));
	m->nr_nodes = MAX(m->nr_nodes, (uint32_t)(h->first + nr));
	for (uint64_t i = h->first; i < h->first + nr; i++)
		if (m->nodes[i].parent >= i)
			m->nodes[i].parent = METADATA_MISSING;
	return 0;
}

static int load_threads(struct loader *l, const struct block_header *h)
{
	const struct hpm_thread *thread = (const struct hpm_thread *)(h + 1);
	uint64_t nr = h->used / sizeof(*thread);
	struct metadata *m = l->m;

	if (h->first == 0 || h->first > HPM_THREADS_MAX ||
	    h->first + nr > HPM_THREADS_MAX + 1) {
		note_damage(m, l->slot, h->used);
		return 0;
	}
	if (grow(&m->threads, &l->thread_room, h->first + nr, sizeof(*thread),
		 0))
		return -ENOMEM;
	memcpy(m->threads + h->first, thread, nr * sizeof(*thread));
	m->nr_threads = MAX(m->nr_threads, (uint32_t)(h->first + nr));
	return 0;
}

/* One more element of @size at the end of an array of @nr; NULL: no memory. */
static void *append(void *array, size_t *nr, size_t *room, size_t size)
{
	void **p = array;

	if (*nr == *room) {
		size_t more = *room * 2 + 16;
		void *q = realloc(*p, more * size);

		if (!q)
			return NULL;
		*p = q;
		*room = more;
	}
	return (uint8_t *)*p + (*nr)++ * size;
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
	size_t nr = l->m->nr_modules;
	char *path;

	if (record->gone && module)
		module->gone_tick = record->tick;
	if (record->gone || module)
		return 0;
	if (nr > 0 && l->m->modules[nr - 1].is.number > record->number)
		return 0; /* out of order: as good as missing */
	path = strndup(record->path, record->path_length);
	module = path ? append(&l->m->modules, &l->m->nr_modules,
			       &l->module_room, sizeof(*module))
		      : NULL;
	if (!module) {
		free(path);
		return -ENOMEM;
	}
	*module = (struct metadata_module){
		.is = *record, .path = path, .gone_tick = UINT64_MAX};
	module->is.path = path;
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
	struct metadata_mark *mark =
		label ? append(&l->m->marks, &l->m->nr_marks, &l->mark_room,
			       sizeof(*mark))
		      : NULL;

	if (!mark) {
		free(label);
		return -ENOMEM;
	}
	*mark = (struct metadata_mark){record->tick, l->m->nr_marks,
				       record->thread, label};
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
