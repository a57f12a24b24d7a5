/* SPDX-License-Identifier: MIT */

/*
 * Slots of a file that another process may be writing to: a block that is not
 * sealed is read twice, so that its payload is not older than its `used`.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blocks.h"
#include "say.h"

uint64_t blocks_count(const struct blocks *b)
{
	return b->size / BLOCK_SIZE + (b->size % BLOCK_SIZE != 0);
}

/* Bytes read, short only at the end of the file or after an error. */
static size_t read_at(struct blocks *b, uint64_t offset, void *out, size_t n)
{
	uint8_t *p = out;
	size_t got = 0;

	n = offset < b->size ? MIN(n, b->size - offset) : 0;
	while (got < n) {
		ssize_t r =
			pread(b->fd, p + got, n - got, (off_t)(offset + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && b->error == 0)
			b->error = errno;
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

enum format_status blocks_peek(struct blocks *b, uint64_t slot,
			       struct block_header *h)
{
	size_t got;

	memset(h, 0, sizeof(*h));
	got = read_at(b, slot * BLOCK_SIZE, h, sizeof(*h));
	if (h->magic == 0 && h->used == 0)
		return FORMAT_END;
	return got < sizeof(*h) ? FORMAT_TRUNCATED : FORMAT_OK;
}

/* The last slot, of which there are only @got bytes. */
static enum format_status check_cut(struct blocks *b, struct block_header *out,
				    size_t got)
{
	size_t payload = got > sizeof(*out) ? got - sizeof(*out) : 0;
	struct block_header h = *out;
	enum format_status status;

	if (got >= sizeof(h) && h.used <= payload)
		return block_check(out, b->profile);
	/* Its checksum cannot be tested: the rest is believed. */
	h.flags = 0;
	status = block_check(&h, b->profile);
	if (got < sizeof(h) && status != FORMAT_END)
		status = FORMAT_OK;
	out->used = (uint32_t)payload;
	return status == FORMAT_OK ? FORMAT_TRUNCATED : status;
}

static enum format_status check(struct blocks *b, uint64_t slot, bool verify,
				struct block_header *out)
{
	struct block_header h = *out;

	if (!verify)
		h.flags = 0;
	if (verify && h.flags == BLOCK_SEALED)
		return block_check(out, b->profile);
	if (block_check(&h, b->profile) != FORMAT_OK)
		return block_check(&h, b->profile);
	/* Now the payload is not older than this `used`. */
	if (out->flags == 0 && out->used > 0)
		read_at(b, slot * BLOCK_SIZE + sizeof(h), out + 1, out->used);
	return FORMAT_OK;
}

enum format_status blocks_read(struct blocks *b, uint64_t slot, bool verify,
			       struct block_header *out)
{
	enum format_status status = FORMAT_DAMAGED;
	size_t got;

	/* Again if it was being sealed just then. */
	for (int attempt = 0; attempt < 2 && status == FORMAT_DAMAGED;
	     attempt++) {
		got = read_at(b, slot * BLOCK_SIZE, out, BLOCK_SIZE);
		if (got < BLOCK_SIZE) {
			memset((uint8_t *)out + got, 0, BLOCK_SIZE - got);
			status = check_cut(b, out, got);
		} else {
			status = check(b, slot, verify, out);
		}
	}
	return status;
}

static int refuse(const struct blocks *b, size_t got,
		  const struct heapprof_listener *listener)
{
	const struct hpm_header *h = b->header;

	if (got >= sizeof(*b->first) + 12 &&
	    memcmp(h->magic, HPM_MAGIC, sizeof(h->magic)) == 0) {
		if (h->version > HPM_VERSION)
			return say_error(listener, -ENOTSUP,
					 "%s: format version %u, and this "
					 "heapprof reads up to %u; use a newer "
					 "one",
					 b->path, h->version, HPM_VERSION);
		if (got < BLOCK_SIZE)
			return say_error(listener, -EBADMSG,
					 "%s: cut within its header, at offset "
					 "%zu; nothing can be read",
					 b->path, got);
		return say_error(listener, -EBADMSG,
				 "%s: damaged header at offset 0; nothing can "
				 "be read",
				 b->path);
	}
	if (got >= 4 && got < sizeof(*b->first) + sizeof(*h) &&
	    b->first->magic == BLOCK_MAGIC)
		return say_error(listener, -EBADMSG,
				 "%s: cut within its header, at offset %zu; "
				 "nothing can be read",
				 b->path, got);
	return say_error(listener, -EBADMSG, "%s: not a heapprof profile",
			 b->path);
}

/* The first block, with the magic, version and identity of the file. */
static int read_first(struct blocks *b,
		      const struct heapprof_listener *listener)
{
	enum format_status status;
	size_t got;

	b->first = calloc(1, BLOCK_SIZE);
	if (!b->first)
		return say_error(listener, -ENOMEM, "%s: out of memory",
				 b->path);
	b->header = (const struct hpm_header *)(b->first + 1);
	got = read_at(b, 0, b->first, BLOCK_SIZE);
	if (b->error)
		return say_error(listener, -b->error, "%s: %s", b->path,
				 strerror(b->error));
	status = block_check(b->first, 0);
	if (status != FORMAT_OK || b->first->kind != BLOCK_HEADER ||
	    sizeof(*b->first) + b->first->used > got ||
	    hpm_check_header(b->header, b->first->used) != FORMAT_OK)
		return refuse(b, got, listener);
	b->profile = b->first->profile;
	return 0;
}

static int open_file(struct blocks *b, const struct heapprof_listener *listener)
{
	struct stat st;

	/* Not to hang on a FIFO of that name. */
	b->fd = open(b->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (b->fd < 0 || fstat(b->fd, &st) != 0)
		return say_error(listener, -errno, "%s: %s", b->path,
				 strerror(errno));
	if (!S_ISREG(st.st_mode))
		return say_error(listener, -EBADMSG, "%s: not a regular file",
				 b->path);
	if (st.st_size == 0)
		return say_error(listener, -EBADMSG,
				 "%s: empty; nothing was recorded, or it was "
				 "truncated",
				 b->path);
	b->size = (uint64_t)st.st_size;
	b->mtime_ns =
		(int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return 0;
}

int blocks_open(struct blocks *b, const char *base, const char *suffix,
		const struct heapprof_listener *listener)
{
	int error;

	memset(b, 0, sizeof(*b));
	b->fd = -1;
	if (asprintf(&b->path, "%s.%s", base, suffix) < 0) {
		b->path = NULL;
		return say_error(listener, -ENOMEM, "%s: out of memory", base);
	}
	error = open_file(b, listener);
	if (error == 0)
		error = read_first(b, listener);
	if (error)
		blocks_close(b);
	return error;
}

void blocks_close(struct blocks *b)
{
	if (b->fd >= 0)
		close(b->fd);
	free(b->path);
	free(b->first);
	memset(b, 0, sizeof(*b));
	b->fd = -1;
}
