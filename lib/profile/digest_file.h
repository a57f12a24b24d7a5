/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "format/hpc.h"
#include "heapprof.h"

#include "digest.h"

/* Where a snapshot is, and its checksum. */
struct digest_extent {
	uint64_t offset;
	uint64_t length;
	uint32_t crc;
};

/*
 * An open digest: the file, and the arrays that `struct digest` points to.
 */
struct digest_file {
	struct digest digest;
	const struct heapprof_listener *listener; /* outlives us, or NULL */
	char *path;				  /* for messages */
	int fd;					  /* -1: all is in `whole` */
	uint8_t *whole;
	uint64_t size;
	struct hpc_header header;
	uint8_t *sections; /* and a zero byte after them */
	uint64_t sections_offset, sections_length;

	struct cursor spreads; /* the section, until it is parsed */
	uint64_t nr_spreads;
	struct arena arena; /* of all that the digest points to */

	const char **strings; /* by number, [0] NULL */
	size_t nr_strings;    /* with [0] */
	uint64_t nr_listed;   /* frames of all traces; 0: not known */
	struct digest_extent *snapshots; /* those of the instants */
};

/* Fills the digest from `sections`, whose checksum was right. */
int digest_file_parse(struct digest_file *f);

/*
 * The traces, of which there are @count in @bytes; their frames are known.  0,
 * -ENOMEM, or -EBADMSG.
 */
int digest_traces_parse(struct digest_file *f, struct cursor *bytes,
			uint64_t count);

/* Reads exactly @n bytes.  -EBADMSG: the file is shorter. */
int digest_file_read(const struct digest_file *f, uint64_t offset, void *out,
		     size_t n);

/* Says so; -EBADMSG. */
int digest_file_damaged(const struct digest_file *f, uint64_t offset,
			const char *what);

/* An array with room for one more than @n, all zero; NULL: no memory. */
void *digest_file_array(struct digest_file *f, size_t n, size_t size);

struct sum digest_file_sum(const struct hpc_sum *s);
