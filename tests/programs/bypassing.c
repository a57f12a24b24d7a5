/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdlib.h>

#include "truth.h"

/*
 * bypassing PLUGIN: with RTLD_DEEPBIND the plugin finds the malloc() and free()
 * of libc, not those that were preloaded.  It frees blocks of ours, and we
 * free, and resize, blocks of its.
 */

#define ROUNDS 100

int main(int argc, char **argv)
{
	void *(*take)(size_t);
	void (*give)(void *);
	void *plugin;

	if (argc != 2)
		return 2;
	plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!plugin) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	*(void **)&take = dlsym(plugin, "bypass_take");
	*(void **)&give = dlsym(plugin, "bypass_give");
	for (int i = 0; i < ROUNDS; i++)
		give(malloc(777));
	for (int i = 0; i < ROUNDS; i++) {
		free(take(1777));
		free(realloc(take(1777), 7777));
	}
	say("fine\n");
	return 0;
}
