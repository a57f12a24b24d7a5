/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Processes that hold known amounts at known times, and print in lines of
 * "truth KEY VALUE" what they held together.  No stdio stream is used, so that
 * nothing else is allocated.
 *
 * The first holds 10 MB.  Three forked children hold 1, 2 and 3 MB, all at one
 * time: that is the peak.  They free nothing; the second frees what it
 * inherited, which is no concern of theirs.  Then a child executes this program
 * once more, which holds 4 MB and leaves a daemon behind: a grandchild of its
 * that is nobody's child any more, and holds 500 KB.  A last child allocates
 * nothing.
 */

#define MB 1000000

static void say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		_exit(9);
}

static void truth(const char *key, long value)
{
	char line[80];

	snprintf(line, sizeof(line), "truth %s %ld\n", key, value);
	say(line);
}

static void *hold(size_t bytes)
{
	void *volatile p = malloc(bytes);

	if (!p)
		_exit(8);
	return p;
}

static void put(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(7);
}

static void get(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(6);
}

static void check(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		_exit(5);
}

static void hold_together(void *inherited)
{
	int ready[2], go[2];
	pid_t pids[3];

	if (pipe(ready) || pipe(go))
		_exit(4);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			if (i == 1)
				free(inherited);
			hold((size_t)(i + 1) * MB);
			put(ready[1]);
			get(go[0]);
			_exit(0);
		}
		truth("forked", pids[i]);
		get(ready[0]);
	}
	for (int i = 0; i < 3; i++)
		put(go[1]);
	for (int i = 0; i < 3; i++)
		check(pids[i]);
}

/* Two forks, so that nobody waits for it; the pipe says when it is done. */
static void leave_daemon(void)
{
	int done[2];
	pid_t pid;

	if (pipe(done))
		_exit(4);
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0) {
			hold(500000);
			truth("daemon", getpid());
			put(done[1]);
			_exit(0);
		}
		_exit(0);
	}
	check(pid);
	get(done[0]);
}

int main(int argc, char **argv)
{
	char *const again[] = {argv[0], "again", NULL};
	void *inherited;
	pid_t pid;

	if (argc > 1) {
		hold(4 * MB);
		leave_daemon();
		return 0;
	}
	inherited = hold(10 * MB);
	hold_together(inherited);
	pid = fork();
	if (pid == 0) {
		execv("/proc/self/exe", again);
		_exit(3);
	}
	truth("executed", pid);
	check(pid);
	pid = fork();
	if (pid == 0)
		_exit(0);
	truth("idle", pid);
	check(pid);
	truth("peak", 16 * MB);
	free(inherited);
	truth("left", 6 * MB + 4 * MB + 500000);
	return 0;
}
