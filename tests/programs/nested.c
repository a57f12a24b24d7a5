/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>

#include "truth.h"

/*
 * Is called while the recorder is at work, and then allocates, frees more
 * blocks than the recorder puts off, resizes one, and loads a library.  Prints
 * how much of its heap is in use at the end, which is not much.
 */

#define BLOCKS 20

void nested_now(void);

static void *blocks[BLOCKS];
static int armed;

void nested_now(void)
{
	void *library;

	if (!armed)
		return;
	armed = 0;
	for (int i = 0; i < BLOCKS; i++) {
		if (i == 3)
			blocks[i] = realloc(blocks[i], 3000);
		free(blocks[i]);
	}
	for (int i = 0; i < 10; i++)
		free(malloc(500));
	library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
	if (library)
		dlclose(library);
}

int main(void)
{
	char line[80];

	alarm(60);
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < BLOCKS; i++)
			blocks[i] = malloc(1000 + 16 * (size_t)i);
		armed = 1;
		free(malloc(100));
	}
	snprintf(line, sizeof(line), "leaked: %s\n",
		 mallinfo2().uordblks > 1 << 20 ? "yes" : "no");
	say(line);
	return armed;
}
