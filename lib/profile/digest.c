/* SPDX-License-Identifier: MIT */

/*
 * Opens a digest: loads the sections, believes nothing in them that the length
 * of the file does not bear out, and turns whole numbers into doubles.
 * Snapshots are read when they are asked for.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "format/hpc.h"
#include "format/v1.h"

#include "digest.h"
#include "digest_file.h"
#include "digest_options.h"
#include "digest_rows.h"
#include "merge.h"
#include "reader.h"
#include "say.h"

static int fail_errno(struct digest_file *f)
{
	int error = errno;

	return say_error(f->listener, -error, "%s: %s", f->path,
			 strerror(error));
}

/* Reads to the end, which may be a pipe's. */
static int read_all(struct digest_file *f, int fd)
{
	struct bytes b = {0};
	ssize_t r = 1;

	while (r != 0) {
		uint8_t *p = bytes_room(&b, 65536);

		if (b.failed)
			break;
		r = read(fd, p, 65536);
		if (r < 0 && errno != EINTR)
			break;
		b.n += r > 0 ? (size_t)r : 0;
	}
	f->whole = b.p;
	f->size = b.n;
	if (b.failed)
		return say_error(f->listener, -ENOMEM, "%s: out of memory",
				 f->path);
	return r < 0 ? fail_errno(f) : 0;
}

static int open_source(struct digest_file *f, const char *path)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return read_all(f, STDIN_FILENO);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return fail_errno(f);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return fail_errno(f);
	}
	if (!S_ISREG(st.st_mode))
		return read_all(f, f->fd);
	f->size = (uint64_t)st.st_size;
	return 0;
}

int digest_file_read(const struct digest_file *f, uint64_t offset, void *out,
		     size_t n)
{
	uint8_t *p = out;

	if (offset > f->size || n > f->size - offset)
		return -EBADMSG;
	if (f->whole) {
		memcpy(out, f->whole + offset, n);
		return 0;
	}
	while (n > 0) {
		ssize_t r = pread(f->fd, p, n, (off_t)offset);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) /* 0: it was cut since */
			return r < 0 ? -errno : -EBADMSG;
		p += r;
		offset += (uint64_t)r;
		n -= (size_t)r;
	}
	return 0;
}

static int check_header(struct digest_file *f)
{
	uint8_t start[sizeof(v1_magic)] = {0};

	if (f->size == 0)
		return say_error(f->listener, -EBADMSG, "%s: empty", f->path);
	digest_file_read(f, 0, start, MIN(sizeof(start), f->size));
	if (memcmp(start, v1_magic, sizeof(start)) == 0)
		return say_error(f->listener, -ENOTSUP,
				 "%s: a version 1 digest, which is never "
				 "trusted; give the name of its .hpm and .hpd "
				 "instead",
				 f->path);
	if (digest_file_read(f, 0, &f->header, sizeof(f->header)) ||
	    memcmp(f->header.magic, HPC_MAGIC, sizeof(f->header.magic)) != 0)
		return say_error(f->listener, -EBADMSG,
				 "%s: not a heapprof digest", f->path);
	switch (hpc_check_header(&f->header)) {
	case FORMAT_OK:
		return 0;
	case FORMAT_NEWER:
		return say_error(f->listener, -ENOTSUP,
				 "%s: format version %u, and this heapprof "
				 "reads up to %u; use a newer one",
				 f->path, f->header.version, HPC_VERSION);
	default:
		return digest_file_damaged(f, 0, "header");
	}
}

int digest_file_damaged(const struct digest_file *f, uint64_t offset,
			const char *what)
{
	return say_error(f->listener, -EBADMSG,
			 "%s: damaged at offset %llu, in its %s; make it again "
			 "from its log",
			 f->path, (unsigned long long)offset, what);
}

static int load_sections(struct digest_file *f)
{
	struct hpc_trailer t;
	uint64_t at = f->size - MIN(f->size, sizeof(t));
	int error = digest_file_read(f, at, &t, sizeof(t));
	enum format_status s =
		error ? FORMAT_TRUNCATED : hpc_check_trailer(&t, f->size);

	if (s == FORMAT_TRUNCATED)
		return say_error(f->listener, -EBADMSG,
				 "%s: cut at offset %llu; make it again from "
				 "its log",
				 f->path, (unsigned long long)f->size);
	if (s != FORMAT_OK)
		return digest_file_damaged(f, at, "trailer");
	f->sections = digest_file_array(f, t.length, 1);
	if (!f->sections)
		return say_error(f->listener, -ENOMEM, "%s: out of memory",
				 f->path);
	f->sections_offset = t.sections;
	f->sections_length = t.length;
	if (digest_file_read(f, t.sections, f->sections, t.length) ||
	    block_crc32c(0, f->sections, t.length) != t.sections_crc)
		return digest_file_damaged(f, t.sections, "sections");
	return 0;
}

int digest_open(const char *path, struct digest **out,
		const struct heapprof_listener *listener)
{
	struct digest_file *f = calloc(1, sizeof(*f));
	int error;

	if (!f)
		return say_error(listener, -ENOMEM, "%s: out of memory", path);
	f->fd = -1;
	f->digest.file = f;
	f->listener = listener;
	f->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	error = f->path ? open_source(f, path) : -ENOMEM;
	if (error == 0)
		error = check_header(f);
	if (error == 0)
		error = load_sections(f);
	if (error == 0)
		error = digest_file_parse(f);
	if (error)
		digest_close(&f->digest);
	else
		*out = &f->digest;
	return error;
}

void digest_close(struct digest *d)
{
	struct digest_file *f = d ? d->file : NULL;

	if (d && d->merge)
		merge_close(d->merge);
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->whole);
	arena_fini(&f->arena);
	free(f->path);
	free(f);
}

int digest_snapshot(const struct digest *d, size_t index,
		    struct digest_usage **usage, size_t *n)
{
	struct digest_rows rows = {0};
	int error;

	if (index >= d->nr_instants)
		return -EINVAL;
	if (d->merge)
		return merge_snapshot(d->merge, index, usage, n);
	error = digest_rows_read(d, index, NULL, &rows);
	if (error == 0) {
		*usage = rows.usage;
		*n = rows.n;
	} else {
		free(rows.usage);
	}
	free(rows.bytes);
	return error;
}

size_t digest_at(const struct digest *d, uint64_t time_ns)
{
	size_t low = 0, high = d->nr_instants;

	/* The first one after @time_ns. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (d->instants[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? low - 1 : 0;
}

bool digest_is_version_1(const char *path)
{
	uint8_t start[sizeof(v1_magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is;

	if (fd < 0)
		return false;
	is = pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
	     memcmp(start, v1_magic, sizeof(start)) == 0;
	close(fd);
	return is;
}

static bool load_header(const char *path, struct hpc_header *h)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good;

	if (fd < 0)
		return false;
	good = pread(fd, h, sizeof(*h), 0) == (ssize_t)sizeof(*h) &&
	       hpc_check_header(h) == FORMAT_OK;
	close(fd);
	return good;
}

bool digest_is_fresh(const char *path, const char *base,
		     const struct heapprof_digest_options *options)
{
	struct hpc_header h, want;
	struct reader_identity id;

	if (!load_header(path, &h) || reader_identify(base, &id) != 0)
		return false;
	if (h.profile != id.profile || h.log_size != id.log_size ||
	    h.log_time_ns != id.log_time_ns || h.events != id.events ||
	    h.end_tick != id.end_tick)
		return false;
	if (!options)
		return true;
	digest_options_header(options, &want);
	return h.interval_ns == want.interval_ns &&
	       h.precision == want.precision && h.flags == want.flags &&
	       h.options == want.options;
}
