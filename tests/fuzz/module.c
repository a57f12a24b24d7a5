/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/elffile.h"
#include "profile/symbols.h"

#include "fuzz.h"
#include "module.h"

#define ADDRESSES 256u

/* Addresses in the code of the file at @path, if it is one. */
static size_t choose_addresses(const char *path, uint64_t *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elffile e;
	size_t n = 0;

	out[n++] = 0;
	out[n++] = UINT64_MAX;
	if (fd < 0)
		return n;
	if (elffile_init(&e, fd) == 0) {
		for (size_t i = 0; i < MIN(e.text.n, 4); i++) {
			const struct range *r = &e.text.v[i];
			uint64_t step = (r->high - r->low) / 60 + 1;

			for (int k = 0; k < 60; k++)
				out[n++] = r->low + (uint64_t)k * step;
		}
	}
	elffile_fini(&e);
	close(fd);
	return n;
}

/* Reads all of it. */
static void touch(const char *text)
{
	size_t length = text ? strlen(text) : 0;

	__asm__ volatile("" : : "r"(length));
}

void module_take_frames(void *arg, size_t index,
			const struct symbols_frame *frames, size_t n)
{
	bool *seen = arg;

	if (n > SYMBOLS_FRAMES_MAX || seen[index])
		abort();
	seen[index] = true;
	for (size_t i = 0; i < n; i++) {
		touch(frames[i].function);
		touch(frames[i].file);
	}
}

void module_take_warning(void *arg, const char *text)
{
	(void)arg;
	touch(text);
}

void module_look_up(const uint8_t *data, size_t size)
{
	struct symbols_options options = {.warn = module_take_warning};
	uint64_t addresses[ADDRESSES];
	bool seen[ADDRESSES] = {false};
	struct symbols_module module;
	char path[80];
	size_t n;

	fuzz_write("elf", data, size);
	snprintf(path, sizeof(path), "%s.elf", fuzz_base);
	module = (struct symbols_module){.path = path, .file_size = size};
	n = choose_addresses(path, addresses);
	if (symbols_module(&module, addresses, n, &options, module_take_frames,
			   seen) == 0)
		for (size_t i = 0; i < n; i++)
			if (!seen[i])
				abort();
}
