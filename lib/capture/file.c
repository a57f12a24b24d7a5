/* SPDX-License-Identifier: MIT */

#include "file.h"

#include <string.h>

#include "sys.h"

#define ZEROES 65536u /* written at a time where fallocate() is unknown */

/* For file systems without fallocate(): allocates by writing. */
static int write_zeroes(int fd, uint64_t from, uint64_t n)
{
	void *zeroes =
		sys_map(ZEROES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error = zeroes == MAP_FAILED ? ENOMEM : 0;

	while (n > 0 && error == 0) {
		ssize_t done = syscall(SYS_pwrite64, fd, zeroes,
				       n < ZEROES ? n : ZEROES, from);

		if (done <= 0) {
			error = done < 0 ? errno : ENOSPC;
			break;
		}
		from += (uint64_t)done;
		n -= (uint64_t)done;
	}
	if (zeroes != MAP_FAILED)
		sys_unmap(zeroes, ZEROES);
	return error;
}

/*
 * Growing beyond RLIMIT_FSIZE would send SIGXFSZ, so it is asked first.
 */
static int allocate(int fd, uint64_t from, uint64_t n)
{
	struct rlimit limit;

	if (syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && from + n > limit.rlim_cur)
		return EFBIG;
	if (syscall(SYS_fallocate, fd, 0, from, n) == 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return write_zeroes(fd, from, n);
	return errno;
}

/*
 * Allocates @step more blocks at the end of the file open as @fd, and maps them
 * together with those that were not handed out yet.
 */
static int add_extent(struct file *f, int fd)
{
	size_t rest = (size_t)(f->end - f->next);
	size_t bytes = rest + (size_t)f->step * BLOCK_SIZE;
	int error = allocate(fd, f->size, bytes - rest);
	char *p;

	if (error != 0)
		return error;
	p = sys_map(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    f->size - rest);
	if (p == MAP_FAILED)
		return errno;
	if (rest > 0)
		sys_unmap(f->next, rest);
	f->size += bytes - rest;
	f->next = p;
	f->end = p + bytes;
	return 0;
}

/*
 * The program's descriptors 0 to 2 may be closed: never be one of them, even
 * for a moment.
 */
static int open_high(const char *path, int flags)
{
	int fd = sys_open(path, flags | O_NOFOLLOW, 0600), high;

	if (fd < 0 || fd > 2)
		return fd;
	high = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	sys_close(fd);
	return high;
}

static int reopen(const struct file *f)
{
	struct stat st;
	int fd = open_high(f->path, O_RDWR);

	if (fd < 0)
		return -1;
	if (sys_fstat(fd, &st) == 0 && st.st_dev == f->device &&
	    st.st_ino == f->inode)
		return fd;
	sys_close(fd);
	errno = ESTALE;
	return -1;
}

int file_create(struct file *f)
{
	struct stat st;
	int fd = open_high(f->path, O_RDWR | O_CREAT | O_EXCL);
	int error = 0;

	if (fd < 0)
		return errno;
	if (sys_fstat(fd, &st) != 0)
		error = errno;
	if (error == 0) {
		f->device = st.st_dev;
		f->inode = st.st_ino;
		error = add_extent(f, fd);
	}
	sys_close(fd);
	if (error != 0)
		sys_unlink(f->path);
	return error;
}

static int grow_locked(struct file *f)
{
	int fd = reopen(f), error;

	if (fd < 0)
		return errno;
	error = add_extent(f, fd);
	sys_close(fd);
	return error;
}

struct block_header *file_block(struct file *f, enum block_kind kind,
				uint64_t limit, int *error)
{
	struct block_header *b = NULL;

	lock_take(&f->lock);
	*error = f->used + BLOCK_SIZE > limit ? E2BIG : 0;
	if (*error == 0 && f->next == f->end)
		*error = grow_locked(f);
	if (*error == 0) {
		b = (struct block_header *)f->next;
		f->next += BLOCK_SIZE;
		f->used += BLOCK_SIZE;
	}
	lock_drop(&f->lock);
	if (b != NULL) {
		b->kind = (uint8_t)kind;
		b->profile = f->profile;
	}
	return b;
}

void file_reserve(struct file *f)
{
	lock_take(&f->lock);
	grow_locked(f);
	lock_drop(&f->lock);
}

void file_publish(struct block_header *b)
{
	__atomic_store_n(&b->magic, BLOCK_MAGIC, __ATOMIC_RELEASE);
}

void file_close_block(struct block_header *b)
{
	sys_unmap(b, BLOCK_SIZE);
}

void file_trim(struct file *f)
{
	int fd;

	lock_take(&f->lock);
	fd = reopen(f);
	if (fd >= 0) {
		/* No block beyond `used` was ever touched: nobody can be
		   writing there, and nobody will before the file grows. */
		if (syscall(SYS_ftruncate, fd, f->used) == 0) {
			f->size = f->used;
			f->end = f->next;
			f->step = 1;
		}
		sys_close(fd);
	}
	lock_drop(&f->lock);
}
