/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "truth.h"

/*
 * endings HOW: allocates before the first constructor, in a constructor, in
 * main(), in handlers of exit() or quick_exit() and in a destructor, then ends
 * as HOW says.  Prints the truth as late as it can.
 */

static struct truth truth;
static void *before[3];

static void *take(size_t size)
{
	void *p = malloc(size);

	truth_alloc(&truth, size);
	return p;
}

static void give(void *p, size_t size)
{
	free(p);
	truth_free(&truth, size);
}

/* Before the constructors of all libraries. */
static void first(void)
{
	before[0] = take(1001);
	before[1] = take(1002);
}

__attribute__((section(".preinit_array"),
	       used)) static void (*const array)(void) = first;

__attribute__((constructor)) static void construct(void)
{
	give(before[0], 1001);
	before[2] = take(2003);
}

static void at_exit(void)
{
	give(before[1], 1002);
	take(3004);
}

static void at_quick_exit_(void)
{
	at_exit();
	truth_print(&truth);
}

__attribute__((destructor)) static void destroy(void)
{
	give(before[2], 2003);
	give(take(4005), 4005);
	truth_print(&truth);
}

static void end_by_return(void)
{
}

static void end_by_exit(void)
{
	exit(3);
}

static void end_by_quick_exit(void)
{
	quick_exit(4);
}

static void end_by__exit(void)
{
	truth_print(&truth);
	_exit(5);
}

static void end_by__Exit(void)
{
	truth_print(&truth);
	_Exit(6);
}

static void end_by_abort(void)
{
	truth_print(&truth);
	abort();
}

static void end_by_kill(void)
{
	truth_print(&truth);
	kill(getpid(), SIGKILL);
}

static void end_by_term(void)
{
	truth_print(&truth);
	raise(SIGTERM);
}

static void end_by_segv(void)
{
	volatile int *volatile nowhere = NULL;

	truth_print(&truth);
	*nowhere = 1;
}

static int recurse(volatile char *above)
{
	volatile char frame[4096];

	frame[0] = above[0];
	return above[0] ? 0 : recurse(frame) + frame[0];
}

static void end_by_overflow(void)
{
	truth_print(&truth);
	recurse("");
}

static void exit_in_handler(int number)
{
	take((size_t)number);
	exit(7);
}

static void end_by_handler(void)
{
	signal(SIGUSR1, exit_in_handler);
	raise(SIGUSR1);
}

static void end_by_exec(void)
{
	truth_print(&truth);
	execl("/bin/sh", "sh", "-c", "exit 8", (char *)NULL);
}

static void *kill_from_thread(void *main_thread)
{
	take(5006);
	pthread_kill(*(pthread_t *)main_thread, SIGKILL);
	return NULL;
}

/* pthread_create() allocates as well: what it did is not in the truth. */
static void end_by_thread(void)
{
	pthread_t self = pthread_self(), thread;

	if (pthread_create(&thread, NULL, kill_from_thread, &self) == 0)
		pause();
}

static void *allocate_for_ever(void *unused)
{
	for (;;)
		free(malloc(100));
	return unused;
}

static void end_by_busy(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, allocate_for_ever, NULL))
			return;
	usleep(20000);
	exit(9);
}

/* Until it is killed for it; 300 MiB are not meant to be there. */
static void end_by_hunger(void)
{
	for (int i = 0; i < 300; i++) {
		memset(take(1 << 20), 1, 1 << 20);
		truth_line("allocations", truth.allocations);
	}
}

static const struct {
	const char *how;
	void (*end)(void);
} endings[] = {
	{"return", end_by_return},
	{"exit", end_by_exit},
	{"quick_exit", end_by_quick_exit},
	{"_exit", end_by__exit},
	{"_Exit", end_by__Exit},
	{"abort", end_by_abort},
	{"kill", end_by_kill},
	{"term", end_by_term},
	{"segv", end_by_segv},
	{"overflow", end_by_overflow},
	{"handler", end_by_handler},
	{"exec", end_by_exec},
	{"thread", end_by_thread},
	{"busy", end_by_busy},
	{"hunger", end_by_hunger},
};

int main(int argc, char **argv)
{
	struct rlimit no_core = {0, 0};

	if (argc != 2 || setrlimit(RLIMIT_CORE, &no_core) || atexit(at_exit) ||
	    at_quick_exit(at_quick_exit_))
		return 2;
	alarm(100);
	for (size_t i = 0; i < 1000; i++)
		give(take(i), i);
	take(123456);
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (strcmp(endings[i].how, argv[1]) == 0)
			endings[i].end();
	return 0;
}
