/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Preloaded into a tool: when libelf is given a file whose name ends in
 * $BREAK_FILE, it goes wrong as $BREAK_HOW says.  For want of a file that makes
 * the libelf of the day do so.
 */
static void go_wrong(const char *how)
{
	if (strcmp(how, "crash") == 0)
		raise(SIGSEGV);
	else if (strcmp(how, "exit") == 0)
		_exit(7);
}

static int is_the_one(int fd, const char *name)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < (ssize_t)strlen(name))
		return 0;
	path[n] = 0;
	return strcmp(path + n - strlen(name), name) == 0;
}

void *elf_begin(int fd, int command, void *ref)
{
	const char *name = getenv("BREAK_FILE"), *how = getenv("BREAK_HOW");
	void *(*real)(int, int, void *);

	if (name && how && is_the_one(fd, name))
		go_wrong(how);
	*(void **)&real = dlsym(RTLD_NEXT, "elf_begin");
	return real(fd, command, ref);
}
