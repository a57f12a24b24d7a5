/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

#include "blocks.h"

/*
 * All of BASE.hpm in memory: traces, threads, modules, marks and the state.
 *
 * A record is in the file before anything that refers to it, so what is loaded
 * after the extent of the log was fixed has all that the log names, unless it
 * is damaged.
 */
struct metadata_module {
	struct hpm_module is; /* path and build-id are ours */
	char *path;	      /* zero-terminated */
	uint64_t gone_tick;   /* when it was unloaded; UINT64_MAX: never */
	bool source; /* not ELF but a source file: offsets are its lines */
};

struct metadata_mark {
	uint64_t tick;
	size_t place; /* in the file */
	uint32_t thread;
	char *label; /* zero-terminated */
};

struct metadata {
	struct hpm_state state;		 /* zeros where it is damaged */
	struct hpm_node *nodes;		 /* by number, [0] unused */
	uint32_t nr_nodes;		 /* with [0] */
	struct hpm_thread *threads;	 /* by number, [0] unused */
	uint32_t nr_threads;		 /* with [0] */
	struct metadata_module *modules; /* by ascending number */
	size_t nr_modules;
	struct metadata_mark *marks; /* in order of time */
	size_t nr_marks;

	uint64_t deep_nodes; /* deeper than any trace can be: cut off there */
	uint64_t damaged_blocks;
	uint64_t damaged_bytes;
	uint64_t first_damage; /* offset in the file */
	bool cut;	       /* the file ends within a block */
};

/* The parent of a node that is not in the file. */
#define METADATA_MISSING UINT32_MAX

/* Loads what is whole in @b.  0 or -ENOMEM; free with metadata_fini(). */
int metadata_load(struct metadata *m, struct blocks *b);
void metadata_fini(struct metadata *m);

/* NULL: there is none of that number. */
const struct metadata_module *metadata_find_module(const struct metadata *m,
						   uint32_t number);

/*
 * What changes in .hpm with every event: events recorded so far.  Cheap: reads
 * the state and the threads alone.
 */
uint64_t metadata_count_events(struct blocks *b, struct hpm_state *state);
