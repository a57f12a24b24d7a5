/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * replacing HOW
 *
 * Becomes "true" by the function HOW, after an attempt by the same function
 * that fails.  Allocates 1,000,000 bytes before that and 2,000,000 between the
 * two, never freed.  The exit status is 3 if the failed attempt had another
 * errno than it must have, 4 if HOW is unknown.
 */

extern char **environ;

static char *const arguments[] = {"true", NULL};

static void by_descriptor(const char *how, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (!strcmp(how, "fexecve"))
		fexecve(fd, arguments, environ);
	else
		execveat(fd, "", arguments, environ, AT_EMPTY_PATH);
	if (fd >= 0)
		close(fd);
	else
		errno = ENOENT;
}

static void become(const char *how, const char *path)
{
	if (!strcmp(how, "execve"))
		execve(path, arguments, environ);
	else if (!strcmp(how, "execv"))
		execv(path, arguments);
	else if (!strcmp(how, "execvp"))
		execvp(path, arguments);
	else if (!strcmp(how, "execvpe"))
		execvpe(path, arguments, environ);
	else if (!strcmp(how, "execl"))
		execl(path, "true", NULL);
	else if (!strcmp(how, "execlp"))
		execlp(path, "true", "1", "2", "3", NULL);
	else if (!strcmp(how, "execle"))
		execle(path, "true", "1", NULL, environ);
	else if (!strcmp(how, "fexecve") || !strcmp(how, "execveat"))
		by_descriptor(how, path);
	else
		exit(4);
}

int main(int argc, char **argv)
{
	void *volatile kept = malloc(1000000);

	if (argc < 2 || !kept)
		return 2;
	errno = 0;
	become(argv[1], "/nowhere/true");
	if (errno != ENOENT)
		return 3;
	kept = malloc(2000000);
	become(argv[1], "/bin/true");
	return 127;
}
