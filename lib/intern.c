/* SPDX-License-Identifier: MIT */

/* A hash table of byte strings, at most half full. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

static uint64_t hash(const void *key, size_t n)
{
	const uint8_t *p = key;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h ^ (h >> 29);
}

const void *intern_get(const struct intern *in, uint32_t number, size_t *n)
{
	size_t start = number ? in->ends[number - 1] : 0;

	*n = in->ends[number] - start;
	return in->pool.p + start;
}

/* The slot where @key is, or where it would go. */
static uint32_t find_slot(const struct intern *in, const void *key, size_t n)
{
	uint32_t i = (uint32_t)hash(key, n) & in->mask;

	for (; in->table[i]; i = (i + 1) & in->mask) {
		size_t length;
		const void *p = intern_get(in, in->table[i] - 1, &length);

		if (length == n && memcmp(p, key, n) == 0)
			break;
	}
	return i;
}

static int grow(struct intern *in)
{
	uint32_t slots = in->mask ? 2 * (in->mask + 1) : 64;
	uint32_t *table = calloc(slots, sizeof(*table));
	size_t *ends = realloc(in->ends, slots / 2 * sizeof(*ends));

	if (ends)
		in->ends = ends;
	if (!table || !ends) {
		free(table);
		return -ENOMEM;
	}
	/* Even nothing at all is a key, and has its place in the pool. */
	bytes_room(&in->pool, 1);
	if (in->pool.failed) {
		free(table);
		return -ENOMEM;
	}
	free(in->table);
	in->table = table;
	in->mask = slots - 1;
	for (uint32_t i = 0; i < in->nr; i++) {
		size_t n;
		const void *key = intern_get(in, i, &n);

		in->table[find_slot(in, key, n)] = i + 1;
	}
	return 0;
}

int intern_add(struct intern *in, const void *key, size_t n, uint32_t *number)
{
	uint32_t i;

	if (in->mask == 0 || in->nr >= (in->mask + 1) / 2)
		if (grow(in))
			return -ENOMEM;
	i = find_slot(in, key, n);
	if (in->table[i] == 0) {
		bytes_add(&in->pool, key, n);
		if (in->pool.failed)
			return -ENOMEM;
		in->ends[in->nr++] = in->pool.n;
		in->table[i] = in->nr;
	}
	*number = in->table[i] - 1;
	return 0;
}

void intern_fini(struct intern *in)
{
	bytes_fini(&in->pool);
	free(in->ends);
	free(in->table);
	memset(in, 0, sizeof(*in));
}
