/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"
#include "heapprof.h"

/*
 * One file of a profile as slots of BLOCK_SIZE bytes.
 *
 * Read with pread(): the file may grow, be written to and be cut at any time,
 * which a mapping would answer with SIGBUS.
 */
struct blocks {
	int fd;
	char *path;
	uint64_t size;	  /* bytes, when it was opened */
	int64_t mtime_ns; /* at that time */
	uint64_t profile; /* of the first block; all others have the same */
	const struct hpm_header *header; /* payload of the first block */
	struct block_header *first;	 /* which is kept */
	int error; /* the first errno value that reading gave, 0: none */
};

/*
 * Opens @base.@suffix and checks its first block.  What is wrong is said to
 * @listener: -ENOENT, -EBADMSG, -ENOTSUP...; then there is nothing to close.
 */
int blocks_open(struct blocks *b, const char *base, const char *suffix,
		const struct heapprof_listener *listener);
void blocks_close(struct blocks *b);

/* Slots, the last of which may be cut. */
uint64_t blocks_count(const struct blocks *b);

/*
 * Reads the header of @slot alone.  OK: one is there, not checked any further;
 * END: the slot is empty; TRUNCATED: the file ends within it.
 */
enum format_status blocks_peek(struct blocks *b, uint64_t slot,
			       struct block_header *h);

/*
 * Reads @slot to @out, BLOCK_SIZE bytes.  OK: a block, its checksum right if it
 * is sealed and @verify is true.  TRUNCATED: the file ends within the block;
 * @out->used is what there is of it.  END: an empty slot.  DAMAGED.
 */
enum format_status blocks_read(struct blocks *b, uint64_t slot, bool verify,
			       struct block_header *out);
