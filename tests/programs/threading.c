/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Eight named threads; thread i allocates 1000 * (i + 1) blocks of 100 + i
 * bytes, and keeps every tenth.  Then 200 short-lived threads, one block each,
 * which another thread frees.  Prints "thread NAME ALLOCATIONS BYTES" for each
 * of the eight.
 */

#define THREADS 8
#define SHORT_LIVED 200

static void *volatile sink;

static void *worker(void *arg)
{
	int n = (int)(intptr_t)arg;
	char name[16];

	snprintf(name, sizeof(name), "worker-%d", n);
	pthread_setname_np(pthread_self(), name);
	for (int i = 0; i < 1000 * (n + 1); i++) {
		void *p = malloc(100 + n);

		sink = p;
		if (i % 10)
			free(p);
	}
	return NULL;
}

static void *one_block(void *unused)
{
	return unused ? NULL : malloc(4321);
}

static void run_workers(void)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *)i))
			exit(2);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run_short_lived(void)
{
	for (int i = 0; i < SHORT_LIVED; i++) {
		pthread_t thread;
		void *p;

		if (pthread_create(&thread, NULL, one_block, NULL) ||
		    pthread_join(thread, &p))
			exit(2);
		free(p);
	}
}

int main(void)
{
	run_workers();
	run_short_lived();
	for (int i = 0; i < THREADS; i++) {
		char line[80];

		snprintf(line, sizeof(line), "thread worker-%d %d %d\n", i,
			 1000 * (i + 1), 1000 * (i + 1) * (100 + i));
		say(line);
	}
	return 0;
}
