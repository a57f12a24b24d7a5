/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * spawning PROGRAM
 *
 * Starts PROGRAM in every way in which that can be done with an environment of
 * one variable, ALONE=1, and prints "child HOW PID" for each.  The exit status
 * is that of the first child that did not exit with 0.
 */

extern char **environ;

static char *alone[] = {"ALONE=1", NULL};
static char *arguments[] = {NULL, NULL};
static const char *program;

static void by_execve(void)
{
	execve(program, arguments, alone);
}

static void by_execle(void)
{
	execle(program, program, NULL, alone);
}

static void by_execvpe(void)
{
	execvpe(program, arguments, alone);
}

static void by_fexecve(void)
{
	fexecve(open(program, O_RDONLY), arguments, alone);
}

static void by_execveat(void)
{
	execveat(AT_FDCWD, program, arguments, alone, 0);
}

static void by_clearenv(void)
{
	clearenv();
	putenv(alone[0]);
	execv(program, arguments);
}

static void by_environ(void)
{
	environ = alone;
	execlp(program, program, NULL);
}

static void handle(int signal)
{
	(void)signal;
	execve(program, arguments, alone);
}

/* On a stack as small as they come. */
static void by_handler(void)
{
	static char stack[8192];
	stack_t small = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handle,
				   .sa_flags = SA_ONSTACK};

	sigaltstack(&small, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static int failed;

static void wait_for(const char *how, pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (!failed && status)
		failed = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
	printf("child %s %d\n", how, (int)pid);
	fflush(stdout);
}

static void fork_and(const char *how, void (*become)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		become();
		_exit(127);
	}
	wait_for(how, pid);
}

static void vfork_and_execve(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, arguments, alone);
		_exit(127);
	}
	wait_for("vfork", pid);
}

static void spawn(void)
{
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, arguments, alone))
		exit(2);
	wait_for("posix_spawn", pid);
	if (posix_spawnp(&pid, program, NULL, NULL, arguments, alone))
		exit(2);
	wait_for("posix_spawnp", pid);
}

static void *spawn_in_thread(void *unused)
{
	spawn();
	vfork_and_execve();
	return unused;
}

static void spawn_on_small_stack(void)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	if (pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN) ||
	    pthread_create(&thread, &small, spawn_in_thread, NULL))
		exit(2);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *how;
		void (*become)(void);
	} ways[] = {
		{"execve", by_execve},	   {"execle", by_execle},
		{"execvpe", by_execvpe},   {"fexecve", by_fexecve},
		{"execveat", by_execveat}, {"clearenv", by_clearenv},
		{"environ", by_environ},   {"handler", by_handler},
	};

	if (argc != 2)
		return 2;
	program = arguments[0] = argv[1];
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		fork_and(ways[i].how, ways[i].become);
	vfork_and_execve();
	spawn();
	spawn_on_small_stack();
	return failed;
}
