/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * What a test program knows of its own allocations, and prints at its end in
 * lines of "truth KEY VALUE", the keys that counts.py compares.  No stdio
 * stream is used: its buffer would be one more allocation.
 */
struct truth {
	uint64_t allocations;
	uint64_t bytes;
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t peak_bytes;
	uint64_t frees;
};

static inline void truth_alloc(struct truth *t, size_t size)
{
	t->allocations++;
	t->bytes += size;
	t->live_bytes += size;
	t->live_blocks++;
	if (t->live_bytes > t->peak_bytes)
		t->peak_bytes = t->live_bytes;
}

static inline void truth_free(struct truth *t, size_t size)
{
	t->frees++;
	t->live_bytes -= size;
	t->live_blocks--;
}

static inline void say(const char *line)
{
	size_t length = strlen(line);

	if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
		_exit(99);
}

static inline void truth_line(const char *key, uint64_t value)
{
	char line[80];

	snprintf(line, sizeof(line), "truth %s %llu\n", key,
		 (unsigned long long)value);
	say(line);
}

static inline void truth_print(const struct truth *t)
{
	truth_line("allocations", t->allocations);
	truth_line("bytes", t->bytes);
	truth_line("live_bytes", t->live_bytes);
	truth_line("live_blocks", t->live_blocks);
	truth_line("peak_bytes", t->peak_bytes);
	truth_line("frees", t->frees);
}
