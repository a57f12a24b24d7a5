/* SPDX-License-Identifier: MIT */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Runs env(1) in every way in which a program runs another, the last one in
 * its own place: what the children inherit is on standard output.  Allocates
 * 1,000,000 bytes, never freed, before that.
 */

extern char **environ;

static char *const arguments[] = {"env", NULL};

static void wait_for(pid_t pid)
{
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		exit(2);
}

static void title(const char *how)
{
	printf("--- %s\n", how);
	fflush(stdout);
}

int main(void)
{
	void *volatile kept = malloc(1000000);
	char line[4096];
	FILE *pipe;
	pid_t pid;

	if (!kept)
		return 2;
	title("system");
	if (system("env"))
		return 2;
	title("popen");
	pipe = popen("env", "r");
	while (pipe && fgets(line, sizeof(line), pipe))
		fputs(line, stdout);
	if (!pipe || pclose(pipe))
		return 2;
	title("fork, execvp");
	pid = fork();
	if (pid == 0) {
		execvp("env", arguments);
		_exit(127);
	}
	wait_for(pid);
	title("vfork, execve");
	pid = vfork();
	if (pid == 0) {
		execve("/usr/bin/env", arguments, environ);
		_exit(127);
	}
	wait_for(pid);
	title("posix_spawnp");
	if (posix_spawnp(&pid, "env", NULL, NULL, arguments, environ))
		return 2;
	wait_for(pid);
	title("execvp in place");
	execvp("env", arguments);
	return 127;
}
