/* SPDX-License-Identifier: MIT */

/* Windows of a file that another process may be appending to. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

#include "say.h"
#include "v1file.h"

#define BEHIND 1024u /* bytes before what is asked for, to step back */

static int open_file(struct v1file *f, const struct heapprof_listener *listener)
{
	struct stat st;

	/* Not to hang on a FIFO of that name. */
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st) != 0) {
		int error = errno;

		return say_error(listener, -error, "%s: %s", f->path,
				 strerror(error));
	}
	if (!S_ISREG(st.st_mode))
		return say_error(listener, -EBADMSG, "%s: not a regular file",
				 f->path);
	f->size = (uint64_t)st.st_size;
	return 0;
}

int v1file_open(struct v1file *f, const char *base, const char *suffix,
		const struct heapprof_listener *listener)
{
	int error;

	memset(f, 0, sizeof(*f));
	f->fd = -1;
	if (asprintf(&f->path, "%s.%s", base, suffix) < 0)
		f->path = NULL;
	f->window = malloc(BEHIND + V1FILE_WINDOW);
	if (f->path && f->window)
		error = open_file(f, listener);
	else
		error = say_error(listener, -ENOMEM, "%s: out of memory", base);
	if (error)
		v1file_close(f);
	return error;
}

void v1file_close(struct v1file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	free(f->window);
	memset(f, 0, sizeof(*f));
	f->fd = -1;
}

/* Bytes read, short only at the end of the file or after an error. */
static size_t read_at(struct v1file *f, uint64_t offset, uint8_t *out, size_t n)
{
	size_t got = 0;

	n = offset < f->size ? MIN(n, f->size - offset) : 0;
	while (got < n) {
		ssize_t r =
			pread(f->fd, out + got, n - got, (off_t)(offset + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && f->error == 0)
			f->error = errno;
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

struct cursor v1file_look(struct v1file *f, uint64_t offset, size_t n)
{
	uint64_t end = f->at + f->n;
	struct cursor c;

	n = offset < f->size ? MIN(n, f->size - offset) : 0;
	if (offset < f->at || offset + n > end) {
		f->at = offset - MIN(offset, BEHIND);
		f->n = read_at(f, f->at, f->window, BEHIND + V1FILE_WINDOW);
	}
	c.p = f->window + MIN(offset - f->at, f->n);
	c.end = f->window + f->n;
	c.bad = false;
	return c;
}

uint8_t *v1file_load(struct v1file *f, size_t *n)
{
	uint8_t *p = malloc(MAX(f->size, 1));

	*n = p ? read_at(f, 0, p, f->size) : 0;
	return p;
}
