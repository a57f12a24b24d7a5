/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Which descriptors are open and which the next open gives, at the start, after
 * many allocations from many places, and after all from 3 on were closed and
 * written to; and how many threads there are.
 */

static void *volatile kept[1000];

static void *deeper(int depth)
{
	void *p = depth ? deeper(depth - 1) : malloc(333);

	kept[depth] = p;
	return p;
}

static void allocate(void)
{
	for (int i = 0; i < 1000; i++)
		free(deeper(i % 50));
}

static long count_threads(void)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line;

	close(fd);
	text[n > 0 ? n : 0] = 0;
	line = strstr(text, "\nThreads:");
	return line ? strtol(line + 9, NULL, 10) : -1;
}

static void look(const char *when)
{
	char line[80];
	int first = open("/dev/null", O_RDONLY);
	int second = open("/dev/null", O_RDONLY);
	int open_ones = 0;

	for (int fd = 0; fd < 1024; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	snprintf(line, sizeof(line), "%s: %d and %d, %d open, %ld threads\n",
		 when, first, second, open_ones, count_threads());
	say(line);
	close(first);
	close(second);
}

/* To descriptors that are closed: nobody else's are to be there now. */
static void write_to_all(void)
{
	int written = 0;

	for (int fd = 3; fd < 1024; fd++)
		written += write(fd, "rubbish", 7) > 0;
	if (written > 0)
		say("a closed descriptor can be written to\n");
}

int main(void)
{
	look("at the start");
	allocate();
	look("after allocations");
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	write_to_all();
	allocate();
	write_to_all();
	look("after all were closed");
	return 0;
}
