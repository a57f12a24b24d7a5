/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "format/format.h"

/*
 * Makes .hpm and .hpd files from lists, for tests: what the recorder would have
 * written, but with every number chosen.  All is kept in memory until
 * logwriter_save(), unless logwriter_stream() says otherwise.  Memory running
 * out ends the test.
 */
struct logwriter_lane {
	struct block_header *block; /* being filled; NULL: none yet */
	uint64_t slot;		    /* of it in the log */
	uint32_t sequence;
	uint32_t thread;
	struct hpd_coder coder;
};

struct logwriter {
	union {
		struct hpm_header header; /* change before the first event */
		uint8_t first[BLOCK_PAYLOAD]; /* with the strings behind it */
	};
	size_t strings;
	uint64_t profile;
	struct hpm_state state;
	bool unsealed;		/* leave the last block of each lane open */
	uint32_t payload;	/* bytes of events in a block, at most */
	unsigned empty;		/* unused slots at the end of both files */
	struct hpm_node *nodes; /* [0] is number 1 */
	uint32_t nr_nodes;
	struct hpm_thread threads[16]; /* [0] is number 1 */
	uint32_t nr_threads;
	uint8_t modules[8192], marks[8192];
	size_t modules_used, marks_used;
	struct logwriter_lane lanes[16];
	FILE *out;	    /* of the log, while it is streamed */
	uint8_t *log;	    /* slots, of blocks that were full; else NULL */
	uint64_t log_slots; /* in it */
	uint64_t log_room;  /* of them */
	uint64_t nr_slots;  /* with those of blocks being filled */
};

void logwriter_init(struct logwriter *w);
void logwriter_fini(struct logwriter *w);

/* Program, directory, host and arguments, NULL-terminated. */
void logwriter_strings(struct logwriter *w, const char *const *strings);

/* Numbers from 1. */
uint32_t logwriter_node(struct logwriter *w, uint32_t parent, uint64_t address,
			uint32_t module);
uint32_t logwriter_thread(struct logwriter *w, uint32_t tid, const char *name);
void logwriter_module(struct logwriter *w, const struct hpm_module *m);
void logwriter_mark(struct logwriter *w, uint64_t tick, const char *label);

/*
 * Appends to a lane.  Counts it for the thread that did it, and switches the
 * lane to that thread.
 */
void logwriter_event(struct logwriter *w, uint32_t lane,
		     const struct hpd_event *e);

/*
 * To be called before the first event: blocks go to @base.hpd when they are
 * full, so that memory does not grow with the log.  logwriter_save() with the
 * same @base writes the rest.
 */
void logwriter_stream(struct logwriter *w, const char *base);

/* Writes @base.hpm and @base.hpd. */
void logwriter_save(struct logwriter *w, const char *base);
