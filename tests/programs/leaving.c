/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * leaving HOW
 *
 * Allocates 1,000,000 bytes and ends with status 7, by the function HOW.  A
 * child of vfork() has ended before in that way, which is no end of this one:
 * 2,000,000 bytes are allocated after it.
 */

static void leave(const char *how)
{
	if (!strcmp(how, "_exit"))
		_exit(7);
	if (!strcmp(how, "_Exit"))
		_Exit(7);
	exit(7);
}

int main(int argc, char **argv)
{
	void *volatile kept = malloc(1000000);
	int status;
	pid_t pid;

	if (argc != 2 || !kept)
		return 2;
	pid = vfork();
	if (pid == 0)
		_exit(3);
	if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 3)
		return 2;
	kept = malloc(2000000);
	leave(argv[1]);
}
