/* SPDX-License-Identifier: MIT */

/* One profile at a time, in a folder that is removed at exit. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

#include "fuzz.h"

char fuzz_base[64];

static char folder[48];

static void remove_folder(void)
{
	static const char *const suffixes[] = {"hpm", "hpd", "hpc", "elf"};
	char path[80];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(path, sizeof(path), "%s.%s", fuzz_base, suffixes[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void give_up(const char *what)
{
	perror(what);
	abort();
}

void fuzz_start(void)
{
	const char *tmp = getenv("TMPDIR");

	if (*folder)
		return;
	/* Disks are slow at replacing a file a thousand times a second. */
	if (!tmp || strlen(tmp) >= 30)
		tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	snprintf(folder, sizeof(folder), "%s/heapprof-XXXXXX", tmp);
	if (!mkdtemp(folder))
		give_up(folder);
	/* Graphviz is not what is tested, and slow. */
	setenv("PATH", folder, 1);
	snprintf(fuzz_base, sizeof(fuzz_base), "%s/p", folder);
	atexit(remove_folder);
}

void fuzz_write(const char *suffix, const void *p, size_t n)
{
	char path[80];
	int fd;

	fuzz_start();
	snprintf(path, sizeof(path), "%s.%s", fuzz_base, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		give_up(path);
	close(fd);
}

uint64_t fuzz_number(struct cursor *in, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes && in->p < in->end; i++)
		v |= (uint64_t)*in->p++ << (8 * i);
	return v;
}

struct cursor fuzz_take(struct cursor *in, size_t n)
{
	struct cursor c = {in->p, NULL, false};

	n = MIN(n, (size_t)(in->end - in->p));
	in->p += n;
	c.end = in->p;
	return c;
}

struct fuzz_choice fuzz_choose(struct cursor *in)
{
	struct fuzz_choice c;

	c.digest = (uint8_t)fuzz_number(in, 1);
	c.view = (uint8_t)fuzz_number(in, 1);
	c.grouping = (uint8_t)fuzz_number(in, 1);
	c.text = (uint8_t)fuzz_number(in, 1);
	return c;
}

#define MEMORY ((rlim_t)1 << 30)

/* A sanitizer reserves terabytes, and has limits of its own. */
extern const char __asan_init __attribute__((weak));

void fuzz_limit(void)
{
	const struct rlimit limit = {MEMORY, MEMORY};

	if (!&__asan_init && setrlimit(RLIMIT_AS, &limit))
		give_up("setrlimit");
}

/* The sanitizer's; in a plain build there are none. */
int __sanitizer_install_malloc_and_free_hooks(
	void (*on_malloc)(const volatile void *, size_t),
	void (*on_free)(const volatile void *)) __attribute__((weak));
size_t __sanitizer_get_allocated_size(const volatile void *p)
	__attribute__((weak));

#define MEMORY_ALWAYS ((uint64_t)64 << 20)
#define MEMORY_A_BYTE 100

static struct {
	bool on, installed;
	int64_t now, peak;
} memory;

static void count_malloc(const volatile void *p, size_t n)
{
	int64_t now = __atomic_add_fetch(&memory.now, n, __ATOMIC_RELAXED);

	(void)p;
	if (now > memory.peak)
		memory.peak = now;
}

static void count_free(const volatile void *p)
{
	if (p)
		__atomic_sub_fetch(&memory.now,
				   __sanitizer_get_allocated_size(p),
				   __ATOMIC_RELAXED);
}

void fuzz_begin(void)
{
	if (__sanitizer_install_malloc_and_free_hooks && !memory.installed)
		__sanitizer_install_malloc_and_free_hooks(count_malloc,
							  count_free);
	memory.installed = true;
	memory.now = memory.peak = 0;
}

void fuzz_end(uint64_t bytes)
{
	if (memory.peak <= (int64_t)(MEMORY_ALWAYS + bytes * MEMORY_A_BYTE))
		return;
	fprintf(stderr, "%lld bytes of memory for %llu of files\n",
		(long long)memory.peak, (unsigned long long)bytes);
	abort();
}
