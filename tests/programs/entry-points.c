/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Every entry point with usual, odd and impossible arguments: prints result,
 * errno and usable size of each call, to be compared with a run without the
 * recorder, and the truth.  With the argument "usual", nothing that crashes
 * with another allocator than glibc's, which may lack pvalloc() or an error.
 */

static struct truth truth;
static volatile size_t huge = (size_t)-1 / 2 + 1;
static volatile size_t half = (size_t)-1 / 2;
static volatile size_t zero;
static int usual;

static void show(const char *call, void *p, size_t size, int result)
{
	int error = errno;
	char line[160];

	snprintf(line, sizeof(line),
		 "%s: %s, result %d, errno %d, usable %zu\n", call,
		 p ? "block" : "NULL", result, error, malloc_usable_size(p));
	say(line);
	if (p) {
		memset(p, 0xa5, size);
		truth_alloc(&truth, size);
	}
}

/* errno is set beforehand: a call that succeeds leaves it alone. */
#define BLOCK(call, size)                                                      \
	({                                                                     \
		void *block_;                                                  \
                                                                               \
		errno = E2BIG;                                                 \
		block_ = call;                                                 \
		show(#call, block_, size, 0);                                  \
		block_;                                                        \
	})

static void drop(void *p, size_t size)
{
	errno = EDOM;
	free(p);
	if (p)
		truth_free(&truth, size);
	if (errno != EDOM)
		say("free changed errno\n");
}

static void blocks(void)
{
	drop(BLOCK(malloc(zero), 0), 0);
	drop(BLOCK(malloc(1), 1), 1);
	drop(BLOCK(malloc(24), 24), 24);
	drop(BLOCK(malloc(1000), 1000), 1000);
	drop(BLOCK(malloc(300000), 300000), 300000);
	drop(BLOCK(calloc(zero, 8), 0), 0);
	drop(BLOCK(calloc(8, zero), 0), 0);
	drop(BLOCK(calloc(10, 7), 70), 70);
	drop(BLOCK(calloc(1000, 1000), 1000000), 1000000);
	drop(NULL, 0);
}

static void aligned(void)
{
	void *p = NULL;
	int result;

	for (size_t a = 16; a <= 65536; a *= 16) {
		errno = E2BIG;
		result = posix_memalign(&p, a, 100);
		show("posix_memalign", p, 100, result);
		if ((uintptr_t)p & (a - 1))
			say("posix_memalign: not aligned\n");
		drop(p, 100);
		drop(BLOCK(memalign(a, 33), 33), 33);
		drop(BLOCK(aligned_alloc(a, 2 * a), 2 * a), 2 * a);
	}
	p = NULL;
	errno = E2BIG;
	result = posix_memalign(&p, 3, 100);
	show("posix_memalign(3)", p, 100, result);
	result = posix_memalign(&p, 64, huge);
	show("posix_memalign(huge)", p, huge, result);
	drop(BLOCK(valloc(5000), 5000), 5000);
	if (!usual)
		drop(BLOCK(pvalloc(5000), 5000), 5000);
	drop(BLOCK(aligned_alloc(64, zero), 0), 0);
}

static void impossible(void)
{
	BLOCK(malloc(huge), 0);
	BLOCK(malloc(half), 0);
	BLOCK(calloc(huge, 4), 0);
	BLOCK(calloc(huge, 1), 0);
	BLOCK(memalign(64, huge), 0);
	BLOCK(aligned_alloc(64, huge), 0);
	BLOCK(valloc(huge), 0);
	BLOCK(pvalloc(huge), 0);
	BLOCK(realloc(NULL, huge), 0);
	BLOCK(reallocarray(NULL, huge, 4), 0);
}

/* @p, of @size bytes, becomes what the realloc gave; the old block is gone. */
#define AGAIN(p, size, call, new_size)                                         \
	({                                                                     \
		truth_free(&truth, size);                                      \
		BLOCK(call, new_size);                                         \
	})

static void again(void)
{
	void *volatile p = BLOCK(realloc(NULL, 40), 40);

	p = AGAIN(p, 40, realloc(p, 30), 30);
	p = AGAIN(p, 30, realloc(p, 3000), 3000);
	p = AGAIN(p, 3000, realloc(p, 500000), 500000);
	p = AGAIN(p, 500000, realloc(p, 900000), 900000);
	BLOCK(realloc(p, huge), 0);
	BLOCK(reallocarray(p, huge, 2), 0);
	p = AGAIN(p, 900000, reallocarray(p, 9, 11), 99);
	p = AGAIN(p, 99, realloc(p, zero), 0);
	if (p)
		drop(p, 0);
	p = BLOCK(reallocarray(NULL, 6, 7), 42);
	p = AGAIN(p, 42, reallocarray(p, zero, 7), 0);
	if (p)
		drop(p, 0);
}

/* Alignments that are none, and sizes at the limits. */
static void odd(void)
{
	static const size_t alignments[] = {0, 1, 3, 8, 24, 4097, (size_t)-1};
	static const size_t sizes[] = {0, 1, 15, 16, 17, 1 << 20};
	void *p;
	int result;

	for (size_t i = 0; i < sizeof(alignments) / sizeof(*alignments); i++) {
		size_t a = alignments[i];

		drop(BLOCK(memalign(a, 100), 100), 100);
		drop(BLOCK(aligned_alloc(a, 100), 100), 100);
		p = &truth;
		errno = E2BIG;
		result = posix_memalign(&p, a, 100);
		show("posix_memalign", result ? NULL : p, 100, result);
		if (result == 0)
			drop(p, 100);
		else if (p != &truth)
			say("posix_memalign failed, but stored something\n");
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t n = sizes[i];

		p = NULL;
		errno = E2BIG;
		result = posix_memalign(&p, 4096, n);
		show("posix_memalign(4096)", p, n, result);
		if (!p || (uintptr_t)p % 4096 != 0)
			say("posix_memalign: no block, or not aligned\n");
		drop(p, n);
		/* How much is usable depends on where the heap begins. */
		p = memalign(64, n);
		if (!p || (uintptr_t)p % 64 != 0 || malloc_usable_size(p) < n)
			say("memalign: no block, not aligned or too small\n");
		truth_alloc(&truth, n);
		drop(p, n);
	}
}

/* What is in a block: nothing after calloc(), the same after realloc(). */
static void contents(void)
{
	static const size_t sizes[] = {1, 100, 5000, 200000, 1 << 20};
	unsigned char *p;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t n = sizes[i], more = n * 3, sum = 0;

		drop(BLOCK(malloc(n), n), n); /* leaves it full of 0xa5 */
		p = calloc(n, 1);
		truth_alloc(&truth, n);
		for (size_t at = 0; at < n; at++)
			sum += p[at];
		memset(p, 1, n);
		p = realloc(p, more);
		truth_free(&truth, n);
		truth_alloc(&truth, more);
		for (size_t at = 0; at < n; at++)
			sum += p[at];
		if (sum != n)
			say("calloc or realloc: wrong contents\n");
		drop(p, more);
	}
	errno = EDOM;
	if (malloc_usable_size(NULL) != 0 || errno != EDOM)
		say("malloc_usable_size(NULL)\n");
}

int main(int argc, char **argv)
{
	usual = argc > 1 && strcmp(argv[1], "usual") == 0;
	blocks();
	aligned();
	if (!usual)
		odd();
	impossible();
	again();
	contents();
	BLOCK(malloc(12345), 12345);
	BLOCK(strdup("kept"), 5);
	truth_print(&truth);
	return 0;
}
