/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "base.h"

#include "files.h"

#define COMPARE(x, y)                                                          \
	do {                                                                   \
		if ((x) != (y))                                                \
			return (x) < (y) ? -1 : 1;                             \
	} while (0)

static int compare_files(const struct metadata_module *a,
			 const struct metadata_module *b)
{
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;
	COMPARE(a->source, b->source);
	COMPARE(a->is.file_size, b->is.file_size);
	COMPARE(a->is.file_mtime_ns, b->is.file_mtime_ns);
	COMPARE(a->is.build_id_length, b->is.build_id_length);
	return memcmp(a->is.build_id, b->is.build_id, a->is.build_id_length);
}

/* Of the same file, the first one first. */
static int compare_modules(const void *x, const void *y)
{
	const struct metadata_module *a = *(struct metadata_module *const *)x;
	const struct metadata_module *b = *(struct metadata_module *const *)y;
	int order = compare_files(a, b);

	return order != 0 ? order : (a > b) - (a < b);
}

uint32_t *files_first(const struct metadata *m)
{
	const struct metadata_module **sorted, *first = NULL;
	size_t nr = m->nr_modules;
	uint32_t *out = calloc(MAX(nr, 1), sizeof(*out));

	sorted = calloc(MAX(nr, 1), sizeof(*sorted));
	for (size_t i = 0; sorted && i < nr; i++)
		sorted[i] = &m->modules[i];
	if (!sorted || !out) {
		free(sorted);
		free(out);
		return NULL;
	}
	qsort(sorted, nr, sizeof(*sorted), compare_modules);
	for (size_t i = 0; i < nr; i++) {
		if (!first || compare_files(first, sorted[i]) != 0)
			first = sorted[i];
		out[sorted[i] - m->modules] = first->is.number;
	}
	free(sorted);
	return out;
}
