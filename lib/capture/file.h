/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "format/format.h"
#include "lock.h"

/*
 * One file of the profile: an array of blocks, written through shared mappings.
 * Extents are allocated on disk first, then mapped a window at a time.  What is
 * written is in the kernel's hands at once and survives any end of the process;
 * a full disk is an error from fallocate(), never SIGBUS.
 *
 * No descriptor stays open.  To grow, the file is opened again by its path and
 * must still be the same inode.  A window is unmapped when all its blocks are
 * finished, so that no more is mapped than the windows of open blocks.
 */

struct file_window;

struct file {
	char path[PATH_MAX];
	dev_t device;
	ino_t inode;
	uint64_t profile;	     /* goes into each block */
	uint32_t step;		     /* blocks that the file grows by */
	struct lock lock;	     /* protects all below */
	uint64_t size;		     /* bytes allocated on disk */
	uint64_t used;		     /* bytes handed out as blocks */
	char *next;		     /* the first block not handed out */
	char *end;		     /* of the window that `next` is in */
	struct file_window *windows; /* that are mapped, the last one first */
};

/*
 * Creates @f->path (set by the caller, with profile and step), mode 0600; fails
 * with EEXIST rather than following or replacing anything.  0 or an errno
 * value.
 */
int file_create(struct file *f);

/*
 * A new zeroed block with kind and profile set, unseen by readers until
 * file_publish().  NULL: *@error is an errno value, E2BIG at @limit bytes.
 */
struct block_header *file_block(struct file *f, enum block_kind kind,
				uint64_t limit, int *error);

/* Grows the file by an extent now, if it can be. */
void file_reserve(struct file *f);

void file_publish(struct block_header *b);

/* Nobody will write or read @b here again. */
void file_close_block(struct file *f, struct block_header *b);

/*
 * Has somebody truncated the file?  Then memory that nobody else sees takes the
 * place of what is mapped of it, for the kernel ends who writes beyond the end
 * of a file by SIGBUS: so ask before, where there is time to.  Does not see it
 * where the file is not found under its name any more.
 */
bool file_was_cut(struct file *f);

/*
 * Gives what was allocated beyond the last block back to the disk.  Blocks can
 * still be written, and the file can grow again.
 */
void file_trim(struct file *f);
