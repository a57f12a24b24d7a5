/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Which descriptors are open and which the next open gives, at the start, after
 * many allocations from many places, and after all from 3 on were closed.
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

static void look(const char *when)
{
	char line[80];
	int first = open("/dev/null", O_RDONLY);
	int second = open("/dev/null", O_RDONLY);
	int open_ones = 0;

	for (int fd = 0; fd < 1024; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	snprintf(line, sizeof(line), "%s: %d and %d, %d open\n", when, first,
		 second, open_ones);
	say(line);
	close(first);
	close(second);
}

int main(void)
{
	look("at the start");
	allocate();
	look("after allocations");
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	allocate();
	look("after all were closed");
	return 0;
}
