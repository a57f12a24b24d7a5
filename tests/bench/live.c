/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/*
 * Many live blocks, for measurements:
 *
 *	live COUNT
 *
 * Allocates so many of 16 to 79 bytes and keeps them.  Prints the microseconds
 * that the longest malloc() took in which nobody else was given the processor,
 * and the bytes of memory that the process got, a block.
 */

struct block {
	struct block *next;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* How often the processor was taken away. */
static long preempted(void)
{
	struct rusage r;

	getrusage(RUSAGE_THREAD, &r);
	return r.ru_nivcsw;
}

/* Pages of memory of our own; those of files are the log. */
static long pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident, shared;

	if (!file ||
	    fscanf(file, "%ld %ld %ld", &size, &resident, &shared) != 3)
		exit(1);
	fclose(file);
	return resident - shared;
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0, before, switches;
	struct block *blocks = NULL;
	double longest = 0;

	if (count < 1) {
		fputs("usage: live COUNT\n", stderr);
		return 2;
	}
	before = pages();
	switches = preempted();
	for (long i = 0; i < count; i++) {
		double start = now(), took;
		struct block *b = malloc((size_t)(16 + i * 7919 % 64));

		took = now() - start;
		if (!b)
			return 1;
		b->next = blocks;
		blocks = b;
		if (took <= longest)
			continue;
		if (preempted() == switches)
			longest = took;
		switches = preempted();
	}
	printf("%.0f %.1f\n", longest,
	       (double)(pages() - before) * (double)sysconf(_SC_PAGESIZE) /
		       (double)count);
	return 0;
}
