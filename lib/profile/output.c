/* SPDX-License-Identifier: MIT */

/*
 * O_TMPFILE where the file system has it; else a name of its own that nobody
 * could have put there before (O_EXCL, which follows no link either).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

#include "output.h"
#include "say.h"

#define MODE 0600
#define ATTEMPTS 100

static int fail(struct output *o, int error)
{
	if (o->error == 0)
		o->error = say_error(o->listener, error, "%s: %s", o->path,
				     strerror(-error));
	return o->error;
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int temporary_name(struct output *o, int attempt)
{
	free(o->temporary);
	if (asprintf(&o->temporary, "%s.%d.%d.tmp", o->path, (int)getpid(),
		     attempt) < 0) {
		o->temporary = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int open_named(struct output *o)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		if (temporary_name(o, i))
			return -ENOMEM;
		o->fd = open(o->temporary,
			     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
		if (o->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	/* Not ours to remove. */
	free(o->temporary);
	o->temporary = NULL;
	return -errno;
}

static int open_unnamed(struct output *o)
{
	char *folder = folder_of(o->path);
	int error = 0;

	if (!folder)
		return -ENOMEM;
	o->fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, MODE);
	if (o->fd < 0)
		error = -errno;
	free(folder);
	return error;
}

static int open_path(struct output *o, bool named)
{
	struct stat st;

	if (strcmp(o->path, "-") == 0) {
		o->fd = STDOUT_FILENO;
		return 0;
	}
	if (stat(o->path, &st) == 0 && S_ISDIR(st.st_mode))
		return -EISDIR;
	if (named && stat(o->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		o->fd = open(o->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		return o->fd < 0 ? -errno : 0;
	}
	o->replace = true;
	return open_unnamed(o) == 0 ? 0 : open_named(o);
}

int output_open(struct output *o, const char *path, bool named,
		const struct heapprof_listener *listener)
{
	int error;

	o->listener = listener;
	o->fd = -1;
	o->replace = false;
	o->temporary = NULL;
	o->offset = 0;
	o->error = 0;
	o->n = 0;
	o->path = strdup(path);
	if (!o->path)
		return say_error(listener, -ENOMEM, "%s: out of memory", path);
	error = open_path(o, named);
	if (error) {
		fail(o, error);
		output_close(o);
	}
	return error;
}

static void flush(struct output *o)
{
	size_t done = 0;

	while (done < o->n && o->error == 0) {
		ssize_t r = write(o->fd, o->buffer + done, o->n - done);

		if (r >= 0)
			done += (size_t)r;
		else if (errno != EINTR)
			fail(o, -errno);
	}
	o->n = 0;
}

void output_write(struct output *o, const void *p, size_t n)
{
	const uint8_t *bytes = p;

	o->offset += n;
	while (n > 0) {
		size_t part = MIN(n, sizeof(o->buffer) - o->n);

		memcpy(o->buffer + o->n, bytes, part);
		o->n += part;
		bytes += part;
		n -= part;
		if (o->n == sizeof(o->buffer))
			flush(o);
	}
}

/* linkat() does not replace, so it needs a name that rename() then takes. */
static int name_file(struct output *o)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", o->fd);
	for (int i = 0; i < ATTEMPTS; i++) {
		if (temporary_name(o, i))
			return -ENOMEM;
		if (linkat(AT_FDCWD, self, AT_FDCWD, o->temporary,
			   AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	free(o->temporary);
	o->temporary = NULL;
	return -errno;
}

int output_commit(struct output *o)
{
	int error = 0;

	flush(o);
	if (o->error)
		return o->error;
	if (!o->replace)
		return 0;
	if (!o->temporary)
		error = name_file(o);
	if (error)
		return fail(o, error);
	if (rename(o->temporary, o->path) != 0)
		return fail(o, -errno);
	free(o->temporary);
	o->temporary = NULL;
	return 0;
}

void output_close(struct output *o)
{
	if (o->temporary)
		unlink(o->temporary);
	if (o->fd >= 0 && o->fd != STDOUT_FILENO)
		close(o->fd);
	free(o->temporary);
	free(o->path);
	o->temporary = o->path = NULL;
	o->fd = -1;
}
