/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/*
 * What a malloc() and a free() cost, for measurements:
 *
 *	pairs COUNT DEPTH THREADS
 *
 * Each thread makes so many pairs of 16 to 256 bytes from so many frames below
 * its start, the innermost one another each time, as in programs that do some
 * work.  Prints the nanoseconds of processor time that a pair took, of the
 * slowest thread, once caches are warm.
 */

#define THREADS_MAX 64

static long count;
static int depth;

static uint64_t one(uint64_t random)
{
	volatile char *p;

	random = random * 6364136223846793005u + 1442695040888963407u;
	p = malloc(16 + (random >> 33) % 241);
	if (!p)
		abort();
	*p = (char)random;
	free((void *)p);
	return random;
}

static __attribute__((noinline, noclone)) uint64_t leaf_1(uint64_t random)
{
	return one(random) + 1;
}

static __attribute__((noinline, noclone)) uint64_t leaf_2(uint64_t random)
{
	return one(random) + 2;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t repeat(long pairs, uint64_t random)
{
	static uint64_t (*const leaves[])(uint64_t) = {leaf_1, leaf_2};

	for (long i = 0; i < pairs; i++)
		random = leaves[i % 2](random);
	return random;
}

static __attribute__((noinline, noclone)) uint64_t work(double *seconds)
{
	uint64_t random = repeat(count / 10, (uintptr_t)seconds);
	double start = now();

	random = repeat(count, random);
	*seconds = now() - start;
	return random;
}

static __attribute__((noinline, noclone)) uint64_t descend(int frames,
							   double *seconds)
{
	volatile uint64_t keep = (uint64_t)frames;
	uint64_t random =
		frames > 0 ? descend(frames - 1, seconds) : work(seconds);

	return random + keep; /* after the call, so that the frame stays */
}

static void *run(void *seconds)
{
	/* The thread's start, work() and the leaf are frames, too. */
	volatile uint64_t random = descend(depth > 4 ? depth - 4 : 0, seconds);

	(void)random;
	return NULL;
}

int main(int argc, char **argv)
{
	double seconds[THREADS_MAX] = {0}, slowest = 0;
	pthread_t threads[THREADS_MAX];
	int n = argc == 4 ? atoi(argv[3]) : 0;

	if (n < 1 || n > THREADS_MAX) {
		fputs("usage: pairs COUNT DEPTH THREADS\n", stderr);
		return 2;
	}
	count = atol(argv[1]);
	depth = atoi(argv[2]);
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, run, &seconds[i]))
			return 1;
	for (int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		if (seconds[i] > slowest)
			slowest = seconds[i];
	}
	printf("%.2f\n", slowest * 1e9 / (double)count);
	return 0;
}
