/* SPDX-License-Identifier: MIT */
/*
 * Prints the frames of addresses, as lib/profile/symbols.h gives them.
 *
 *	symbolize [-b BUILDID] [-m SIZE:MTIME] [-d DIR]... [-r SYSROOT]
 *		[-n] [-R REPEAT] FILE <ADDRESSES
 *
 * Hexadecimal addresses, one a line; for each "0xADDRESS", then a line for each
 * frame, innermost first: FUNCTION, FILE:LINE and "inlined" or nothing, with
 * tabs between.  Without -b the build-id is not checked.  Warnings and, with
 * -R, addresses a second go to standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profile/symbols.h"

#define PATHS_MAX 8

struct answers {
	const uint64_t *addresses;
	char **text; /* by index */
};

static void warn(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static void keep(void *arg, size_t index, const struct symbols_frame *frames,
		 size_t n)
{
	struct answers *answers = arg;
	size_t length;
	FILE *f = open_memstream(&answers->text[index], &length);

	if (!f)
		exit(1);
	fprintf(f, "0x%" PRIx64 "\n", answers->addresses[index]);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s\t%s:%" PRIu32 "\t%s\n",
			frames[i].function ? frames[i].function : "??",
			frames[i].file ? frames[i].file : "??", frames[i].line,
			frames[i].inlined ? "inlined" : "");
	if (fclose(f))
		exit(1);
}

static void count(void *arg, size_t index, const struct symbols_frame *frames,
		  size_t n)
{
	(void)index, (void)frames;
	*(size_t *)arg += n;
}

static uint64_t *read_addresses(size_t *n)
{
	uint64_t *v = NULL, address;
	size_t room = 0;

	for (*n = 0; scanf("%" SCNx64, &address) == 1; v[(*n)++] = address) {
		if (*n == room)
			v = reallocarray(v, room = 1024 + room * 2, sizeof(*v));
		if (!v)
			exit(1);
	}
	return v;
}

static size_t parse_hex(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0;

	while (n < room && sscanf(text + 2 * n, "%2hhx", &out[n]) == 1)
		n++;
	return n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* @repeat times as many addresses, in the same batch. */
static void measure(const struct symbols_module *module, const uint64_t *v,
		    size_t n, size_t repeat,
		    const struct symbols_options *options)
{
	uint64_t *many = reallocarray(NULL, n * repeat + 1, sizeof(*many));
	double start = now(), once, all;
	size_t frames = 0;

	if (!many)
		exit(1);
	for (size_t i = 0; i < n * repeat; i++)
		many[i] = v[i % n] + i / n;
	symbols_module(module, many, n, options, count, &frames);
	once = now() - start;
	symbols_module(module, many, n * repeat, options, count, &frames);
	all = now() - start - once;
	fprintf(stderr, "%zu addresses in %.1f ms, %zu in %.1f ms: %.0f/s\n", n,
		once * 1e3, n * repeat, all * 1e3,
		(double)(n * repeat - n) / (all - once));
	free(many);
}

static int print(const struct symbols_module *module, const uint64_t *v,
		 size_t n, const struct symbols_options *options)
{
	struct answers answers = {v, calloc(n + 1, sizeof(char *))};
	int ret;

	if (!answers.text)
		return 1;
	ret = symbols_module(module, v, n, options, keep, &answers);
	for (size_t i = 0; i < n; i++) {
		/* Each is answered, exactly once. */
		fputs(answers.text[i] ? answers.text[i] : "none\n", stdout);
		free(answers.text[i]);
	}
	free(answers.text);
	if (ret)
		fprintf(stderr, "%s\n", strerror(-ret));
	return ret || ferror(stdout);
}

int main(int argc, char **argv)
{
	const char *paths[PATHS_MAX + 1] = {NULL};
	struct symbols_options options = {.debug_paths = paths, .warn = warn};
	struct symbols_module module = {0};
	size_t nr_paths = 0, repeat = 0, n;
	uint8_t build_id[64];
	uint64_t *addresses;
	int option, ret = 0;

	while ((option = getopt(argc, argv, "b:m:d:r:nR:")) != -1) {
		if (option == 'b') {
			module.build_id = build_id;
			module.build_id_length =
				parse_hex(optarg, build_id, sizeof(build_id));
		} else if (option == 'm') {
			sscanf(optarg, "%" SCNu64 ":%" SCNd64,
			       &module.file_size, &module.file_mtime_ns);
		} else if (option == 'd' && nr_paths < PATHS_MAX) {
			paths[nr_paths++] = optarg;
		} else if (option == 'r') {
			options.sysroot = optarg;
		} else if (option == 'n') {
			options.debuginfod = true;
		} else if (option == 'R') {
			repeat = strtoul(optarg, NULL, 10);
		} else {
			return 2;
		}
	}
	if (optind + 1 != argc)
		return 2;
	module.path = argv[optind];
	addresses = read_addresses(&n);
	if (repeat)
		measure(&module, addresses, n, repeat, &options);
	else
		ret = print(&module, addresses, n, &options);
	free(addresses);
	return ret;
}
