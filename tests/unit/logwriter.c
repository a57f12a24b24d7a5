/* SPDX-License-Identifier: MIT */

/* A recorder without a program. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logwriter.h"

void logwriter_init(struct logwriter *w)
{
	static const char *const strings[] = {"/bin/test", "/tmp",  "host",
					      "test",	   "--all", NULL};

	memset(w, 0, sizeof(*w));
	w->profile = 0x1234567890abcdef;
	w->payload = BLOCK_PAYLOAD;
	memcpy(w->header.magic, HPM_MAGIC, sizeof(w->header.magic));
	w->header.version = HPM_VERSION;
	w->header.start_ns = 1700000000000000000;
	w->header.pid = 42;
	w->header.parent_pid = 41;
	w->header.page_size = 4096;
	w->header.depth = 256;
	w->state.end = HPM_EXIT;
	logwriter_strings(w, strings);
	w->nr_slots = 1; /* the header */
}

void logwriter_fini(struct logwriter *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->lanes); i++)
		free(w->lanes[i].block);
	free(w->nodes);
	free(w->log);
}

void logwriter_strings(struct logwriter *w, const char *const *strings)
{
	uint8_t *p = w->first + sizeof(w->header);
	uint32_t nr = 0;

	w->header.strings = 0;
	for (; strings[nr]; nr++) {
		size_t n = strlen(strings[nr]) + 1;

		memcpy(p + w->header.strings, strings[nr], n);
		w->header.strings += (uint32_t)n;
	}
	w->header.argc = nr - 3;
}

uint32_t logwriter_node(struct logwriter *w, uint32_t parent, uint64_t address,
			uint32_t module)
{
	w->nodes = realloc(w->nodes, (w->nr_nodes + 1) * sizeof(*w->nodes));
	assert(w->nodes);
	w->nodes[w->nr_nodes] = (struct hpm_node){address, parent, module};
	return ++w->nr_nodes;
}

uint32_t logwriter_thread(struct logwriter *w, uint32_t tid, const char *name)
{
	struct hpm_thread *t = &w->threads[w->nr_threads];

	assert(w->nr_threads < ARRAY_SIZE(w->threads));
	t->tid = tid;
	strncpy(t->name, name, sizeof(t->name));
	return ++w->nr_threads;
}

void logwriter_module(struct logwriter *w, const struct hpm_module *m)
{
	assert(w->modules_used + HPM_MODULE_MAX <= sizeof(w->modules));
	w->modules_used += hpm_put_module(w->modules + w->modules_used, m);
}

void logwriter_mark(struct logwriter *w, uint64_t tick, const char *label)
{
	struct hpm_mark m = {tick, 1, (uint16_t)strlen(label), label};

	assert(w->marks_used + HPM_MARK_MAX <= sizeof(w->marks));
	w->marks_used += hpm_put_mark(w->marks + w->marks_used, &m);
}

/* Slots up to @nr. */
static void grow_log(struct logwriter *w, uint64_t nr)
{
	if (nr > w->log_room) {
		w->log_room = 2 * nr;
		w->log = realloc(w->log, w->log_room * BLOCK_SIZE);
		assert(w->log);
	}
	memset(w->log + w->log_slots * BLOCK_SIZE, 0,
	       (nr - w->log_slots) * BLOCK_SIZE);
	w->log_slots = nr;
}

/* The block of @lane to its slot, in the file or in memory. */
static void put_block(struct logwriter *w, const struct logwriter_lane *lane)
{
	size_t done = BLOCK_SIZE;

	if (w->out)
		done = (size_t)pwrite(fileno(w->out), lane->block, BLOCK_SIZE,
				      (off_t)(lane->slot * BLOCK_SIZE));
	else if (w->log_slots <= lane->slot)
		grow_log(w, lane->slot + 1);
	assert(done == BLOCK_SIZE);
	if (!w->out)
		memcpy(w->log + lane->slot * BLOCK_SIZE, lane->block,
		       BLOCK_SIZE);
}

static void start_block(struct logwriter *w, uint32_t number, uint64_t tick)
{
	struct logwriter_lane *lane = &w->lanes[number];
	struct block_header *h = lane->block;

	if (h) {
		block_seal(h);
		put_block(w, lane);
	} else {
		h = lane->block = malloc(BLOCK_SIZE);
		assert(h);
	}
	lane->slot = w->nr_slots++;
	memset(h, 0, BLOCK_SIZE);
	h->magic = BLOCK_MAGIC;
	h->kind = BLOCK_EVENTS;
	h->profile = w->profile;
	h->first = tick;
	h->lane = number;
	h->sequence = lane->sequence++;
	h->thread = lane->thread;
	hpd_start(&lane->coder, h);
}

static void put_event(struct logwriter *w, uint32_t number,
		      const struct hpd_event *e)
{
	struct logwriter_lane *lane = &w->lanes[number];
	struct block_header *h = lane->block;

	if (!h || h->used + HPD_EVENT_MAX > w->payload)
		start_block(w, number, e->tick);
	h = lane->block;
	h->used += (uint32_t)hpd_put((uint8_t *)(h + 1) + h->used, &lane->coder,
				     e);
}

void logwriter_event(struct logwriter *w, uint32_t lane,
		     const struct hpd_event *e)
{
	struct hpd_event change = {
		.tick = e->tick, .kind = HPD_THREAD, .thread = e->thread};

	if (!w->lanes[lane].block)
		w->lanes[lane].thread = e->thread;
	if (w->lanes[lane].thread != e->thread) {
		put_event(w, lane, &change);
		w->lanes[lane].thread = e->thread;
	}
	put_event(w, lane, e);
	if (e->thread == 0 || e->thread > w->nr_threads)
		return;
	if (e->kind == HPD_ALLOC) {
		w->threads[e->thread - 1].seen++;
		w->threads[e->thread - 1].seen_bytes += e->block.size;
		w->threads[e->thread - 1].recorded++;
	} else if (e->kind != HPD_RSS) {
		w->threads[e->thread - 1].freed++;
	}
}

static void must_write(const void *p, size_t n, FILE *out)
{
	size_t done = fwrite(p, 1, n, out);

	assert(done == n);
	(void)done;
}

static void must_close(FILE *out)
{
	int error = fclose(out);

	assert(error == 0);
	(void)error;
}

static void write_block(struct logwriter *w, FILE *out, enum block_kind kind,
			uint64_t first, const void *payload, size_t used)
{
	uint8_t bytes[BLOCK_SIZE] = {0};
	struct block_header *h = (struct block_header *)bytes;

	h->magic = BLOCK_MAGIC;
	h->kind = (uint8_t)kind;
	h->profile = w->profile;
	h->first = first;
	h->used = (uint32_t)used;
	memcpy(h + 1, payload, used);
	if (kind != BLOCK_STATE && kind != BLOCK_THREADS)
		block_seal(h);
	must_write(bytes, sizeof(bytes), out);
}

static FILE *create(const char *base, const char *suffix)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s.%s", base, suffix);
	out = fopen(path, "we");
	assert(out);
	return out;
}

static void finish(struct logwriter *w, FILE *out)
{
	static const uint8_t empty[BLOCK_SIZE];

	for (unsigned i = 0; i < w->empty; i++)
		must_write(empty, sizeof(empty), out);
	must_close(out);
}

static void save_metadata(struct logwriter *w, const char *base)
{
	FILE *out = create(base, "hpm");

	write_block(w, out, BLOCK_HEADER, 0, w->first,
		    sizeof(w->header) + w->header.strings);
	write_block(w, out, BLOCK_STATE, 0, &w->state, sizeof(w->state));
	for (uint32_t i = 0; i < w->nr_nodes; i += HPM_NODES_PER_BLOCK)
		write_block(w, out, BLOCK_NODES, i + 1, w->nodes + i,
			    MIN(w->nr_nodes - i, HPM_NODES_PER_BLOCK) *
				    sizeof(*w->nodes));
	if (w->nr_threads)
		write_block(w, out, BLOCK_THREADS, 1, w->threads,
			    w->nr_threads * sizeof(*w->threads));
	if (w->modules_used)
		write_block(w, out, BLOCK_MODULES, 0, w->modules,
			    w->modules_used);
	if (w->marks_used)
		write_block(w, out, BLOCK_MARKS, 0, w->marks, w->marks_used);
	finish(w, out);
}

static void write_log_header(struct logwriter *w, FILE *out)
{
	struct hpm_header short_header = {.version = HPM_VERSION,
					  .tick_shift = w->header.tick_shift,
					  .strings = 3};
	uint8_t first[sizeof(short_header) + 3] = {0};

	memcpy(short_header.magic, HPM_MAGIC, sizeof(short_header.magic));
	memcpy(first, &short_header, sizeof(short_header));
	write_block(w, out, BLOCK_HEADER, 0, first, sizeof(first));
}

void logwriter_stream(struct logwriter *w, const char *base)
{
	w->out = create(base, "hpd");
}

void logwriter_save(struct logwriter *w, const char *base)
{
	FILE *out = w->out ? w->out : create(base, "hpd");

	write_log_header(w, out);
	for (size_t i = 0; i < ARRAY_SIZE(w->lanes); i++) {
		struct logwriter_lane *lane = &w->lanes[i];

		if (lane->block && !w->unsealed)
			block_seal(lane->block);
		if (lane->block)
			put_block(w, lane);
	}
	save_metadata(w, base);
	if (w->log_slots > 1)
		must_write(w->log + BLOCK_SIZE, (w->log_slots - 1) * BLOCK_SIZE,
			   out);
	if (w->out)
		fseek(out, 0, SEEK_END);
	finish(w, out);
	w->out = NULL;
}
