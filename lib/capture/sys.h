/* SPDX-License-Identifier: MIT */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/*
 * System calls for use within malloc(): not through the libc functions, which
 * the program may have replaced and which may be cancellation points.  Results
 * are those of the kernel with errno set; the caller of the recorder keeps the
 * program's errno.
 */

/*
 * The program has put itself under seccomp, which may kill it for a system call
 * that it does not expect.  From then on we do without all that malloc() and
 * free() have no need of themselves; see confine.c.  Never reset but when that
 * failed.
 */
extern bool sys_confined;

/* May a call that takes no memory and gives none be made?  Sets errno. */
static inline bool sys_may(void)
{
	if (!sys_confined)
		return true;
	errno = EPERM;
	return false;
}

static inline int sys_open(const char *path, int flags, mode_t mode)
{
	if (!sys_may())
		return -1;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC,
			    mode);
}

static inline void sys_close(int fd)
{
	syscall(SYS_close, fd);
}

static inline ssize_t sys_read(int fd, void *buffer, size_t n)
{
	return syscall(SYS_read, fd, buffer, n);
}

static inline ssize_t sys_write(int fd, const void *buffer, size_t n)
{
	return syscall(SYS_write, fd, buffer, n);
}

static inline ssize_t sys_writev(int fd, const struct iovec *parts, size_t nr)
{
	if (!sys_may())
		return -1;
	return syscall(SYS_writev, fd, parts, nr);
}

static inline ssize_t sys_readlink(const char *path, char *buffer, size_t n)
{
	if (!sys_may())
		return -1;
	return syscall(SYS_readlinkat, AT_FDCWD, path, buffer, n);
}

static inline int sys_unlink(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static inline void *sys_map(size_t size, int protection, int flags, int fd,
			    uint64_t offset)
{
	return (void *)syscall(SYS_mmap, NULL, size, protection, flags, fd,
			       offset);
}

static inline void sys_unmap(void *p, size_t size)
{
	syscall(SYS_munmap, p, size);
}

static inline int sys_fstat(int fd, struct stat *st)
{
	return sys_may() ? fstat(fd, st) : -1;
}

static inline uint64_t sys_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}
