/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "truth.h"

/*
 * What goes on for long, or is much at once:
 *
 *	soaking events SECONDS PER_SECOND
 *	soaking traces NUMBER ROUNDS
 *	soaking live NUMBER
 *	soaking threads NUMBER ROUNDS
 *	soaking modules NUMBER ROUNDS DIR
 *
 * traces: stacks that all differ, with a live block of each.  live: blocks at a
 * time.  threads: at a time; all end before the next round.  modules: times
 * that loaded-a.so or loaded-b.so of DIR is loaded, and called ROUNDS times.
 *
 * Prints the truth, unless libraries allocate, too; and "memory N": KiB, the
 * most that was resident.
 */

#define apart __attribute__((noinline))

static struct truth truth;

static void fail(const char *what)
{
	perror(what);
	_exit(2);
}

static apart void *allocate(size_t size)
{
	void *p = malloc(size);

	if (!p)
		fail("malloc");
	truth_alloc(&truth, size);
	return p;
}

static void release(void *p, size_t size)
{
	truth_free(&truth, size);
	free(p);
}

/* A table that is none of the blocks. */
static void *table(size_t n, size_t size)
{
	void *p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static apart void *path_of_0(unsigned long way, int depth);
static apart void *path_of_1(unsigned long way, int depth);

/* A stack for each number: the way that its bits say. */
static inline void *step(unsigned long way, int depth)
{
	if (depth == 0)
		return allocate(64);
	return way % 2 ? path_of_1(way / 2, depth - 1)
		       : path_of_0(way / 2, depth - 1);
}

static apart void *path_of_1(unsigned long way, int depth)
{
	void *p = step(way, depth);

	__asm__ volatile("" : "+r"(p));
	return p;
}

static apart void *path_of_0(unsigned long way, int depth)
{
	void *p = step(way, depth);

	__asm__ volatile("" : "+r"(p));
	return p;
}

static int bits(unsigned long n)
{
	return n > 1 ? 1 + bits((n + 1) / 2) : 0;
}

static void traces(unsigned long n, unsigned long rounds)
{
	void **blocks = table(n, sizeof(*blocks));

	for (unsigned long r = 0; r < rounds; r++) {
		for (unsigned long i = 0; i < n; i++)
			blocks[i] = path_of_0(i, bits(n));
		for (unsigned long i = 0; i < n; i++)
			release(blocks[i], 64);
	}
}

static void live(unsigned long n)
{
	void **blocks = table(n, sizeof(*blocks));

	for (unsigned long i = 0; i < n; i++)
		blocks[i] = path_of_0(i % 256, 8);
	for (unsigned long i = 0; i < n; i++)
		release(blocks[i], 64);
}

static void sleep_until(struct timespec *at, long ns)
{
	at->tv_nsec += ns;
	if (at->tv_nsec >= 1000000000) {
		at->tv_nsec -= 1000000000;
		at->tv_sec++;
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL) ==
	       EINTR)
		;
}

/* Blocks that are freed in the order in which they came. */
struct queue {
	void **blocks;
	unsigned long length, at;
};

static void replace(struct queue *q)
{
	void **p = &q->blocks[q->at];

	if (*p)
		release(*p, 64);
	*p = path_of_0(q->at % 64, 6);
	q->at = (q->at + 1) % q->length;
}

/* Each millisecond a thousandth of them; one block of ten lives for a second or
   so, the others shortly. */
static void events(unsigned long seconds, unsigned long per_second)
{
	unsigned long turn = per_second / 2000;
	struct queue shortly = {table(16, sizeof(void *)), 16, 0};
	struct queue longer = {table(per_second / 20, sizeof(void *)),
			       per_second / 20, 0};
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (unsigned long ms = 0; ms < 1000 * seconds; ms++) {
		for (unsigned long i = 0; i < turn; i++)
			replace(i % 10 ? &shortly : &longer);
		sleep_until(&next, 1000000);
	}
}

static pthread_barrier_t together;

static void *crowd(void *unused)
{
	for (int i = 0; i < 100; i++)
		free(malloc(64));
	pthread_barrier_wait(&together);
	return unused;
}

static void threads(unsigned long n, unsigned long rounds)
{
	pthread_t *ids = table(n, sizeof(*ids));
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&together, NULL, (unsigned)n);
	for (unsigned long r = 0; r < rounds; r++) {
		for (unsigned long i = 0; i < n; i++) {
			errno = pthread_create(&ids[i], &small, crowd, NULL);
			if (errno)
				fail("pthread_create");
		}
		for (unsigned long i = 0; i < n; i++)
			pthread_join(ids[i], NULL);
	}
}

/* Returns where it was. */
static uintptr_t load(const char *folder, char letter, unsigned long rounds)
{
	char path[4096], name[32];
	void *(*function)(size_t);
	void *library;

	snprintf(path, sizeof(path), "%s/loaded-%c.so", folder, letter);
	snprintf(name, sizeof(name), "loaded_%c_allocate", letter);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		_exit(2);
	}
	*(void **)&function = dlsym(library, name);
	for (unsigned long i = 0; i < rounds; i++)
		free(function(64));
	dlclose(library);
	return (uintptr_t)function;
}

static void modules(unsigned long n, unsigned long rounds, const char *folder)
{
	for (unsigned long i = 0; i < n; i++) {
		uintptr_t at = load(folder, i % 2 ? 'a' : 'b', rounds);

		/* Now and then the next one has to go elsewhere. */
		if (i % 4 == 3 &&
		    mmap((void *)(at & ~4095ul), 4096, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0) == MAP_FAILED)
			fail("mmap");
	}
}

/* Of this program only, which getrusage() does not say. */
static void say_memory(void)
{
	char status[4096] = "", line[40];
	int fd = open("/proc/self/status", O_RDONLY);
	const char *most;

	if (fd < 0 || read(fd, status, sizeof(status) - 1) < 0)
		fail("/proc/self/status");
	close(fd);
	most = strstr(status, "VmHWM:");
	snprintf(line, sizeof(line), "memory %ld\n",
		 most ? strtol(most + 6, NULL, 10) : 0);
	say(line);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long m = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

	if (strcmp(what, "events") == 0)
		events(n, m);
	else if (strcmp(what, "traces") == 0)
		traces(n, m);
	else if (strcmp(what, "live") == 0)
		live(n);
	else if (strcmp(what, "threads") == 0)
		threads(n, m);
	else if (strcmp(what, "modules") == 0 && argc > 4)
		modules(n, m, argv[4]);
	else
		return 2;
	say_memory();
	if (truth.allocations > 0)
		truth_print(&truth);
	return 0;
}
