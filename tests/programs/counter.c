/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * An independent count of what a program asks its allocator for: preloaded
 * after the recorder, it sees exactly the calls that reach the real allocator.
 *
 * The counts live in a shared mapping of the file that $COUNTER_OUTPUT names,
 * so they hold up to the last instruction, however the process ends: eight
 * 64-bit words in the order of struct counts.  Only a process whose executable
 * is called $COUNTER_PROGRAM counts (the launcher is preloaded too), and only
 * the first to create the file; children, forked or executed, count nothing.
 */

/*
 * One lock around one hash table (open addressing, linear probing) of live
 * blocks.  It is taken after the real malloc and before the real free, never
 * across them.  A signal handler that allocates while its thread is in here
 * would hang; none of the programs counted has one.
 *
 * Nothing here is shared with the recorder, on purpose.
 */

struct counts {
	uint64_t allocations; /* a realloc that gave a block is one */
	uint64_t bytes;	      /* asked for */
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t peak_bytes;
	uint64_t peak_blocks; /* when the peak was first reached */
	uint64_t frees;	      /* of blocks that were counted */
	uint64_t unknown;     /* frees of blocks that were not, or not seen */
};

struct block {
	uintptr_t ptr; /* 0: free slot */
	size_t size;
};

static struct block *table;
static size_t table_slots; /* a power of two */
static size_t table_used;

static struct counts early; /* until the environment can be read */
static struct counts *counts = &early;

/* One page that a forked child finds wiped: it must not count. */
static atomic_bool *owner;

static atomic_flag lock = ATOMIC_FLAG_INIT;

static void *map(size_t size, int fd, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* Is this the program to count? */
static bool wanted(void)
{
	const char *program = getenv("COUNTER_PROGRAM");
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *name;

	if (!program || n < 0)
		return false;
	exe[n] = '\0';
	name = strrchr(exe, '/');
	return !strcmp(name ? name + 1 : exe, program);
}

static bool open_output(void)
{
	const char *path = getenv("COUNTER_OUTPUT");
	int fd;

	if (!path || !wanted())
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	if (ftruncate(fd, sizeof(*counts)))
		abort();
	counts = map(sizeof(*counts), fd, MAP_SHARED);
	*counts = early;
	close(fd);
	return true;
}

static void start(void)
{
	const size_t page = 4096;

	owner = map(page, -1, MAP_PRIVATE | MAP_ANONYMOUS);
	if (madvise(owner, page, MADV_WIPEONFORK))
		abort();
	atomic_store(owner, true);
}

/* False: this process does not count. */
static bool enter(void)
{
	if (owner && !atomic_load(owner))
		return false;
	while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
		sched_yield();
	if (!owner)
		start();
	if (atomic_load(owner) && counts == &early && environ) {
		int saved = errno;

		atomic_store(owner, open_output());
		errno = saved;
	}
	if (atomic_load(owner))
		return true;
	atomic_flag_clear_explicit(&lock, memory_order_release);
	return false;
}

static void leave(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

/* The slot of @ptr, or the free slot where it belongs. */
static struct block *find(uintptr_t ptr)
{
	size_t i = (ptr >> 4) * 0x9e3779b97f4a7c15u >> 20;

	while (table[i & (table_slots - 1)].ptr &&
	       table[i & (table_slots - 1)].ptr != ptr)
		i++;
	return &table[i & (table_slots - 1)];
}

static void grow(void)
{
	struct block *old = table;
	size_t nr = table_slots;

	table_slots = nr ? 2 * nr : 1 << 16;
	table = map(table_slots * sizeof(*table), -1,
		    MAP_PRIVATE | MAP_ANONYMOUS);
	for (size_t i = 0; i < nr; i++)
		if (old[i].ptr)
			*find(old[i].ptr) = old[i];
	if (old)
		munmap(old, nr * sizeof(*old));
}

/* Closes the gap at @hole, so that probing never stops short of a block. */
static void close_gap(struct block *hole)
{
	size_t i = hole - table;

	hole->ptr = 0;
	for (;;) {
		struct block moved;

		i = (i + 1) & (table_slots - 1);
		if (!table[i].ptr)
			return;
		moved = table[i];
		table[i].ptr = 0;
		*find(moved.ptr) = moved;
	}
}

static void insert(uintptr_t ptr, size_t size)
{
	if (2 * table_used >= table_slots)
		grow();
	if (find(ptr)->ptr) {
		counts->unknown++; /* its free went by another way */
		return;
	}
	*find(ptr) = (struct block){ptr, size};
	table_used++;
	counts->allocations++;
	counts->bytes += size;
	counts->live_blocks++;
	counts->live_bytes += size;
	if (counts->live_bytes > counts->peak_bytes) {
		counts->peak_bytes = counts->live_bytes;
		counts->peak_blocks = counts->live_blocks;
	}
}

/* Takes @ptr out of the table, not yet of the sums.  False: unknown. */
static bool take(uintptr_t ptr, size_t *size)
{
	struct block *block = table_slots ? find(ptr) : NULL;

	if (!block || !block->ptr)
		return false;
	*size = block->size;
	close_gap(block);
	table_used--;
	return true;
}

static void subtract(size_t size)
{
	counts->frees++;
	counts->live_blocks--;
	counts->live_bytes -= size;
}

static void add(void *ptr, size_t size)
{
	if (!ptr || !enter())
		return;
	insert((uintptr_t)ptr, size);
	leave();
}

static void forget(void *ptr)
{
	size_t size;

	if (!ptr || !enter())
		return;
	if (take((uintptr_t)ptr, &size))
		subtract(size);
	else
		counts->unknown++;
	leave();
}

static void *find_next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		abort();
	return f;
}

/* Declares `next`, the real function, looked up at the first call. */
#define NEXT(name)                                                             \
	static __typeof__(&name) next;                                         \
	if (!next)                                                             \
	next = (__typeof__(&name))find_next(#name)

void *malloc(size_t size)
{
	void *p;

	NEXT(malloc);
	p = next(size);
	add(p, size);
	return p;
}

void *calloc(size_t nr, size_t size)
{
	void *p;

	NEXT(calloc);
	p = next(nr, size);
	add(p, nr * size);
	return p;
}

void free(void *ptr)
{
	NEXT(free);
	forget(ptr);
	next(ptr);
}

/* The realloc failed: nothing has changed. */
static void put_back(bool known, uintptr_t ptr, size_t size)
{
	if (!known)
		return;
	*find(ptr) = (struct block){ptr, size};
	table_used++;
}

static void replace(void *old, bool known, size_t old_size, void *ptr,
		    size_t size)
{
	if (known)
		subtract(old_size);
	else if (old)
		counts->unknown++;
	if (ptr)
		insert((uintptr_t)ptr, size);
}

/*
 * The old block leaves the table before another thread can get its address,
 * and the sums only when the new one enters: one step, no dip, no bump.
 */
void *realloc(void *ptr, size_t size)
{
	size_t old = 0;
	bool known = false;
	void *p;

	NEXT(realloc);
	if (ptr && enter()) {
		known = take((uintptr_t)ptr, &old);
		leave();
	}
	p = next(ptr, size);
	if (!enter())
		return p;
	if (!p && ptr && size)
		put_back(known, (uintptr_t)ptr, old);
	else
		replace(ptr, known, old, p, size);
	leave();
	return p;
}

/* Not forwarded: libc's would call the first realloc in line, and count two. */
void *reallocarray(void *ptr, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(ptr, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	int error;

	NEXT(posix_memalign);
	error = next(out, alignment, size);
	if (!error)
		add(*out, size);
	return error;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	void *p;

	NEXT(aligned_alloc);
	p = next(alignment, size);
	add(p, size);
	return p;
}

void *memalign(size_t alignment, size_t size)
{
	void *p;

	NEXT(memalign);
	p = next(alignment, size);
	add(p, size);
	return p;
}

void *valloc(size_t size)
{
	void *p;

	NEXT(valloc);
	p = next(size);
	add(p, size);
	return p;
}

void *pvalloc(size_t size)
{
	void *p;

	NEXT(pvalloc);
	p = next(size);
	add(p, size);
	return p;
}
