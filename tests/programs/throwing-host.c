/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdio.h>

/*
 * throwing-host LIBRARY: a C program, without a trace of C++ until it loads
 * the library, whose throwing() it calls twice, loading it anew.
 */
int main(int argc, char **argv)
{
	int result = 0;

	for (int i = 0; i < 2 && argc == 2 && !result; i++) {
		void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
		int (*throwing)(void);

		if (!library) {
			fprintf(stderr, "%s\n", dlerror());
			return 99;
		}
		*(void **)&throwing = dlsym(library, "throwing");
		result = throwing ? throwing() : 98;
		dlclose(library);
	}
	return argc == 2 ? result : 97;
}
