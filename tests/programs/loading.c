/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * loading DIR: loads loaded-a from DIR, lets it allocate 111,111 bytes and
 * unloads it; then loaded-b, at the same address if the loader is willing,
 * 222,222 bytes; round and round.  Nothing is freed.  Prints "same address" if
 * the two were at the same one in some round.
 */

#define ROUNDS 5

static void *use(const char *dir, const char *letter, size_t size)
{
	char path[4096], name[32];
	void *(*allocate)(size_t);
	void *library;
	void *where;

	snprintf(path, sizeof(path), "%s/loaded-%s.so", dir, letter);
	snprintf(name, sizeof(name), "loaded_%s_allocate", letter);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	*(void **)&allocate = dlsym(library, name);
	if (!allocate || !allocate(size))
		exit(2);
	where = (void *)allocate;
	if (dlclose(library))
		exit(2);
	return where;
}

int main(int argc, char **argv)
{
	int same = 0;

	if (argc != 2)
		return 2;
	for (int i = 0; i < ROUNDS; i++) {
		void *a = use(argv[1], "a", 111111);
		void *b = use(argv[1], "b", 222222);

		same |= a == b;
	}
	puts(same ? "same address" : "other address");
	return 0;
}
