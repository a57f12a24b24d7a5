/* SPDX-License-Identifier: MIT */

/*
 * A window is zeroed by a write before it is mapped.  The kernel then has large
 * pages for it and maps them at once, where it would else be asked for every
 * 4 KiB, and be told by the disk's allocator each time: 0.7 instead of 4.9
 * microseconds a page, on ext4 of Linux 6.18.  It is unmapped as a whole, for
 * pages that are taken apart cost again as much.
 */

#include "file.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "base.h"

#include "sys.h"

#define PAGE 4096u
#define WINDOW (16 * BLOCK_SIZE)
#define ZEROES 64u /* pages written at a time */

/* As <linux/fs.h> has them, which has a BLOCK_SIZE as well. */
#define GET_FLAGS _IOR('f', 1, long)
#define SET_FLAGS _IOW('f', 2, long)
#define NO_COPY_ON_WRITE 0x00800000

/* In the page behind what it says. */
struct file_window {
	char *start;
	size_t size;
	uint32_t open; /* blocks that may be written to, now or later */
	struct file_window *next;
};

static int write_zeroes(int fd, uint64_t from, uint64_t n)
{
	static const char page[PAGE];
	struct iovec pages[ZEROES];

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = (struct iovec){(void *)page, sizeof(page)};
	while (n > 0) {
		ssize_t done = syscall(SYS_pwritev, fd, pages,
				       MIN(ZEROES, n / PAGE), from, 0);

		if (done <= 0)
			return done < 0 ? errno : ENOSPC;
		from += (uint64_t)done;
		n -= (uint64_t)done;
	}
	return 0;
}

/* Writing beyond RLIMIT_FSIZE would send SIGXFSZ, so it is asked first. */
static bool may_reach(uint64_t end)
{
	struct rlimit limit;

	return syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &limit) != 0 ||
	       limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur;
}

static int allocate(int fd, uint64_t from, uint64_t n)
{
	if (!may_reach(from + n))
		return EFBIG;
	if (syscall(SYS_fallocate, fd, 0, from, n) == 0)
		return 0;
	/* File systems that cannot: by writing. */
	if (errno == EOPNOTSUPP || errno == ENOSYS)
		return write_zeroes(fd, from, n);
	return errno;
}

static int allocate_extent(struct file *f, int fd)
{
	size_t bytes = (size_t)f->step * BLOCK_SIZE;
	int error = allocate(fd, f->size, bytes);

	if (error == 0)
		f->size += bytes;
	return error;
}

/* Maps @bytes from the first block that was not handed out, or what there is.
 */
static int map_window(struct file *f, int fd, size_t bytes)
{
	struct file_window *w;
	char *p;

	bytes = MIN(bytes, f->size - f->used);
	p = sys_map(bytes + PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	if ((void *)syscall(SYS_mmap, p, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, fd,
			    f->used) == MAP_FAILED) {
		int error = errno;

		sys_unmap(p, bytes + PAGE);
		return error;
	}
	w = (struct file_window *)(p + bytes);
	w->start = p;
	w->size = bytes;
	w->open = (uint32_t)(bytes / BLOCK_SIZE);
	w->next = f->windows;
	f->windows = w;
	f->next = p;
	f->end = p + bytes;
	return 0;
}

/* The window at @*place has @n blocks less to wait for. */
static void drop_blocks(struct file_window **place, size_t n)
{
	struct file_window *w = *place;

	w->open -= (uint32_t)n;
	if (w->open > 0)
		return;
	*place = w->next;
	sys_unmap(w->start, w->size + PAGE);
}

/* What is left of the last window will not be handed out. */
static void give_up_rest(struct file *f)
{
	size_t rest = (size_t)(f->end - f->next);

	f->end = f->next;
	if (rest > 0)
		drop_blocks(&f->windows, rest / BLOCK_SIZE);
}

/*
 * Maps the next window, of a new extent if need be.  The first is not zeroed,
 * for many a program needs but a little of it: nor is it read ahead.
 */
static int add_window(struct file *f, int fd)
{
	bool zeroed = false;
	int error = 0;

	if (f->size == f->used)
		error = allocate_extent(f, fd);
	if (error == 0 && f->used > 0 && f->size - f->used >= WINDOW &&
	    may_reach(f->used + WINDOW)) {
		error = write_zeroes(fd, f->used, WINDOW);
		zeroed = true;
	}
	if (error == 0)
		error = map_window(f, fd, WINDOW);
	if (error == 0 && !zeroed)
		syscall(SYS_madvise, f->next, f->end - f->next, MADV_RANDOM);
	return error;
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

static bool is_same(const struct file *f, const struct stat *st)
{
	return st->st_dev == f->device && st->st_ino == f->inode;
}

/* Is it shorter than we made it?  Then lets go of it. */
static bool cut_locked(struct file *f, const struct stat *st)
{
	if ((uint64_t)st->st_size >= f->size)
		return false;
	for (struct file_window *w = f->windows; w != NULL; w = w->next)
		syscall(SYS_mmap, w->start, w->size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return true;
}

static int reopen_locked(struct file *f)
{
	struct stat st;
	int fd = open_high(f->path, O_RDWR);

	if (fd < 0)
		return -1;
	if (sys_fstat(fd, &st) == 0 && is_same(f, &st) && !cut_locked(f, &st))
		return fd;
	sys_close(fd);
	errno = ESTALE;
	return -1;
}

/*
 * On btrfs what is written again is put elsewhere, for which there may be no
 * room any more, unless the file is empty yet and asks for its place.  Others
 * need no asking, and refuse.
 */
static void write_in_place(int fd)
{
	int flags;

	if (syscall(SYS_ioctl, fd, GET_FLAGS, &flags) != 0)
		return;
	flags |= NO_COPY_ON_WRITE;
	syscall(SYS_ioctl, fd, SET_FLAGS, &flags);
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
		write_in_place(fd);
		error = add_window(f, fd);
	}
	sys_close(fd);
	if (error != 0)
		sys_unlink(f->path);
	return error;
}

static int grow_locked(struct file *f)
{
	int fd = reopen_locked(f), error;

	if (fd < 0)
		return errno;
	error = add_window(f, fd);
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
	int fd;

	lock_take(&f->lock);
	fd = reopen_locked(f);
	if (fd >= 0) {
		struct file_window **last = &f->windows;
		size_t rest = (size_t)(f->end - f->next);

		/* What there is serves, if there is no more. */
		if (allocate_extent(f, fd) == 0 &&
		    map_window(f, fd, SIZE_MAX) == 0 && rest > 0)
			drop_blocks(&(*last)->next, rest / BLOCK_SIZE);
		sys_close(fd);
	}
	lock_drop(&f->lock);
}

void file_publish(struct block_header *b)
{
	__atomic_store_n(&b->magic, BLOCK_MAGIC, __ATOMIC_RELEASE);
}

void file_close_block(struct file *f, struct block_header *b)
{
	struct file_window **w = &f->windows;

	lock_take(&f->lock);
	while (*w != NULL && (size_t)((char *)b - (*w)->start) >= (*w)->size)
		w = &(*w)->next;
	if (*w != NULL)
		drop_blocks(w, 1);
	lock_drop(&f->lock);
}

bool file_was_cut(struct file *f)
{
	struct stat st;
	bool cut;

	lock_take(&f->lock);
	cut = sys_may() &&
	      syscall(SYS_newfstatat, AT_FDCWD, f->path, &st,
		      AT_SYMLINK_NOFOLLOW) == 0 &&
	      is_same(f, &st) && cut_locked(f, &st);
	lock_drop(&f->lock);
	return cut;
}

void file_trim(struct file *f)
{
	int fd;

	lock_take(&f->lock);
	fd = reopen_locked(f);
	if (fd >= 0) {
		/* No block beyond `used` was ever touched: nobody can be
		   writing there, and nobody will before the file grows. */
		if (syscall(SYS_ftruncate, fd, f->used) == 0) {
			f->size = f->used;
			f->step = 1;
			give_up_rest(f);
		}
		sys_close(fd);
	}
	lock_drop(&f->lock);
}
