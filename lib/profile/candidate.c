/* SPDX-License-Identifier: MIT */
/*
 * A path longer than PATH_MAX cannot be opened, so paths are built in a buffer
 * of that size and one that does not fit is passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "candidate.h"

#define NOT_ELF "it is not an ELF program or library"

void candidate_hex(char *to, size_t room, const uint8_t *bytes, size_t n)
{
	*to = 0;
	for (size_t i = 0; i < n && room > 2; i++, to += 2, room -= 2)
		snprintf(to, room, "%02x", bytes[i]);
}

printf_like(2, 3) static bool reject(struct candidate *c, const char *format,
				     ...)
{
	va_list args;

	if (c->rejected[0])
		return false;
	strcpy(c->rejected, c->path);
	va_start(args, format);
	vsnprintf(c->why, sizeof(c->why), format, args);
	va_end(args);
	return false;
}

static bool has_id(struct candidate *c, const struct elffile *e,
		   const uint8_t *id, size_t length, const char *whose)
{
	char want[48], have[48];

	if (e->build_id_length == length && !memcmp(e->build_id, id, length))
		return true;
	candidate_hex(want, sizeof(want), id, length);
	candidate_hex(have, sizeof(have), e->build_id, e->build_id_length);
	return reject(c, "its build-id is %s, that of %s %s",
		      *have ? have : "missing", whose, want);
}

static bool has_time(const struct stat *st, int64_t mtime_ns)
{
	return st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec ==
	       mtime_ns;
}

bool candidate_is_recorded(struct candidate *c, int fd, const struct elffile *e)
{
	const struct symbols_module *m = c->module;
	struct stat st;

	if (e->relocatable)
		return reject(c, NOT_ELF);
	if (m->build_id_length)
		return has_id(c, e, m->build_id, m->build_id_length,
			      "the recorded file");
	if (fstat(fd, &st))
		return false;
	if (m->file_size && (uint64_t)st.st_size != m->file_size)
		return reject(c,
			      "its size is %lld, that of the recorded file "
			      "%llu",
			      (long long)st.st_size,
			      (unsigned long long)m->file_size);
	if (m->file_mtime_ns && !c->is_copy && !has_time(&st, m->file_mtime_ns))
		return reject(c, "it was changed after it was recorded");
	return true;
}

bool candidate_is_of_build_id(struct candidate *c, int fd,
			      const struct elffile *e)
{
	(void)fd;
	return has_id(c, e, c->build_id, c->build_id_length, "the program");
}

bool candidate_is_linked(struct candidate *c, int fd, const struct elffile *e)
{
	struct stat st;
	uint32_t crc;
	int ret;

	/* A program may well name itself. */
	if (fstat(fd, &st) ||
	    (st.st_ino == c->not ->st_ino && st.st_dev == c->not ->st_dev))
		return false;
	if (c->build_id_length && e->build_id_length)
		return candidate_is_of_build_id(c, fd, e);
	ret = elffile_crc(fd, &crc);
	if (ret == -ENOMEM)
		c->error = ret;
	if (ret || crc == c->crc)
		return !ret;
	return reject(c, "its checksum is not the one in .gnu_debuglink");
}

int candidate_try_fd(struct candidate *c, candidate_fn *check, int fd)
{
	struct elffile e;
	bool right = false;
	int ret = elffile_init(&e, fd);

	if (ret == -ENOMEM)
		c->error = ret;
	else if (ret)
		reject(c, NOT_ELF);
	else
		right = check(c, fd, &e);
	elffile_fini(&e);
	if (right)
		return fd;
	close(fd);
	return -1;
}

/* A descriptor of the file at c->path, or -1. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -1;
}

int candidate_try(struct candidate *c, candidate_fn *check, const char *format,
		  ...)
{
	va_list args;
	int length, fd;

	va_start(args, format);
	length = vsnprintf(c->path, sizeof(c->path), format, args);
	va_end(args);
	if (c->error || length < 0 || (size_t)length >= sizeof(c->path))
		return -1;
	fd = open_regular(c->path);
	return fd < 0 ? -1 : candidate_try_fd(c, check, fd);
}
