/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Forks without exec, many times, while another thread allocates: children
 * free what they inherited, allocate, fork once more, and end in every way.
 * The exit status is the number of children that failed.
 */

#define CHILDREN 8
#define BLOCKS 1000

static void *kept[BLOCKS];

static void *allocate(void *unused)
{
	for (int i = 0; i < 20000; i++) {
		void *volatile p = malloc(77);

		free(p);
	}
	return unused;
}

static void child(int n)
{
	for (int i = 0; i < BLOCKS; i++)
		free(kept[i]);
	for (int i = 0; i < BLOCKS; i++)
		kept[i] = malloc(5000 + i);
	if (n % 4 == 3 && fork() == 0)
		kept[0] = malloc(1 << 20);
	if (n % 2)
		_exit(0);
	exit(0);
}

static int failed_children(void)
{
	int failed = 0;

	for (int i = 0; i < CHILDREN; i++) {
		int status;
		pid_t pid = fork();

		if (pid < 0)
			return CHILDREN;
		if (pid == 0)
			child(i);
		if (waitpid(pid, &status, 0) != pid || status)
			failed++;
		free(kept[i]);
		kept[i] = NULL;
	}
	return failed;
}

int main(void)
{
	pthread_t thread;
	int failed;

	for (int i = 0; i < BLOCKS; i++)
		kept[i] = malloc(100);
	if (pthread_create(&thread, NULL, allocate, NULL))
		return 2;
	failed = failed_children();
	pthread_join(thread, NULL);
	return failed;
}
