/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "truth.h"

/*
 * processes HOW: makes processes as HOW says, among allocations, and prints the
 * truth of its own, with what children did on the same memory.
 */

#define ROUNDS 20

extern char **environ;

static struct truth truth;

static void churn(void)
{
	for (size_t i = 0; i < 100; i++) {
		void *p = malloc(i);

		truth_alloc(&truth, i);
		free(p);
		truth_free(&truth, i);
	}
	truth_alloc(&truth, 1000);
	if (!malloc(1000))
		_exit(9);
}

static void wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		_exit(10);
}

static void by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(11);
	}
	wait_for(pid);
}

/* Its _exit() is not that of the parent, nor is its exec, which fails. */
static void by_failed_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/no/such/program", "such", (char *)NULL);
		_exit(0);
	}
	wait_for(pid);
}

static void by_spawn(void)
{
	char *const argv[] = {"true", NULL};
	pid_t pid;

	if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ))
		_exit(12);
	wait_for(pid);
	if (posix_spawn(&pid, "/no/such/program", NULL, NULL, argv, environ) !=
	    ENOENT)
		_exit(13);
}

static int in_clone(void *unused)
{
	(void)unused;
	churn();
	_exit(0);
}

/* On the same memory, with another process id; the parent waits meanwhile. */
static void by_clone(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	wait_for(clone(in_clone, stack + sizeof(stack),
		       CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

/* As sandboxes and language runtimes fork, past libc. */
static void by_raw_fork(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		free(malloc(100));
		_exit(0);
	}
	wait_for(pid);
}

static void by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 1000; i++)
			free(malloc(100));
		exit(0);
	}
	wait_for(pid);
}

/* The parent has ended when this returns; what follows is not the truth of the
   recorded process, and not printed. */
static void by_daemon(void)
{
	truth_print(&truth);
	if (daemon(1, 1))
		_exit(14);
	for (int i = 0; i < ROUNDS; i++)
		churn();
	say("the daemon goes on\n");
	exit(0);
}

static const struct {
	const char *how;
	void (*make)(void);
} ways[] = {
	{"vfork", by_vfork},	   {"failed-vfork", by_failed_vfork},
	{"spawn", by_spawn},	   {"clone", by_clone},
	{"raw-fork", by_raw_fork}, {"fork", by_fork},
	{"daemon", by_daemon},
};

int main(int argc, char **argv)
{
	size_t i = 0;

	if (argc != 2)
		return 2;
	alarm(100);
	while (strcmp(ways[i].how, argv[1]) != 0)
		i++;
	for (int round = 0; round < ROUNDS; round++) {
		churn();
		ways[i].make();
	}
	churn();
	truth_print(&truth);
	return 0;
}
