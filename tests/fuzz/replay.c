/* SPDX-License-Identifier: MIT */

/*
 * Runs a target over inputs, without a fuzzer: the files and folders that are
 * named, or its corpus in the source tree.  An input that crashes, takes long
 * or needs a lot of memory ends it, and is the last that was named.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

#include "fuzz.h"

#define SECONDS 60

static unsigned nr_inputs;

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void run_file(const char *path, size_t size)
{
	FILE *in = fopen(path, "re");
	uint8_t *data = malloc(MAX(size, 1));

	if (!in || !data || fread(data, 1, size, in) != size)
		give_up(path);
	fclose(in);
	puts(path);
	fflush(stdout);
	nr_inputs++;
	alarm(SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	alarm(0);
	free(data);
}

static void run(const char *path);

static void run_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	if (n < 0)
		give_up(path);
	for (int i = 0; i < n; i++) {
		char *file;

		if (entries[i]->d_name[0] != '.') {
			if (asprintf(&file, "%s/%s", path, entries[i]->d_name) <
			    0)
				give_up(path);
			run(file);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
}

static void run(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		give_up(path);
	if (S_ISDIR(st.st_mode))
		run_folder(path);
	else
		run_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = program_invocation_short_name;
	char corpus[4096];

	fuzz_limit();
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	if (argc == 1) {
		/* As libtool calls what is not installed. */
		name += strncmp(name, "lt-", 3) ? 0 : 3;
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s",
			 srcdir ? srcdir : ".", name);
		run(corpus);
	}
	printf("%u inputs\n", nr_inputs);
	return nr_inputs > 0 ? 0 : 1;
}
