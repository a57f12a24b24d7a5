/* SPDX-License-Identifier: MIT */
/*
 * Answers addresses in ascending order, so that what was looked up for one
 * mostly serves the next.  DWARF comes first; the symbol table names the
 * function where DWARF does not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"

#include "debugfile.h"
#include "dies.h"
#include "names.h"
#include "symbols.h"
#include "symtab.h"

struct query {
	uint64_t address;
	size_t index;
};

struct symbols {
	struct debugfile file;
	struct names names;
	struct symtab *symtab;
	struct dies *dies; /* or NULL */
	struct dies_answer answer;
	struct symbols_frame frames[SYMBOLS_FRAMES_MAX];
};

static int compare(const void *left, const void *right)
{
	const struct query *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static struct query *sort(const uint64_t *addresses, size_t n)
{
	struct query *queries = calloc(n, sizeof(*queries));

	if (!queries)
		return NULL;
	for (size_t i = 0; i < n; i++)
		queries[i] = (struct query){addresses[i], i};
	qsort(queries, n, sizeof(*queries), compare);
	return queries;
}

static int find(struct symbols *s, uint64_t address)
{
	struct dies_answer *a = &s->answer;
	struct symbols_frame *last;
	const char *symbol;
	int ret = 0;

	*a = (struct dies_answer){.frames = s->frames,
				  .max = SYMBOLS_FRAMES_MAX};
	if (s->dies)
		ret = dies_find(s->dies, address, a);
	last = a->n ? &a->frames[a->n - 1] : NULL;
	if (ret || (last && last->function && !a->bare))
		return ret;
	symbol = symtab_find(s->symtab, address);
	if (!symbol)
		return 0;
	if (!last) {
		last = &a->frames[a->n++];
		*last = (struct symbols_frame){0};
	}
	last->function = names_symbol(&s->names, symbol);
	return 0;
}

static int answer(struct symbols *s, const struct query *queries, size_t n,
		  symbols_fn *fn, void *arg)
{
	for (size_t i = 0; i < n; i++) {
		int ret = 0;

		if (!i || queries[i].address != queries[i - 1].address)
			ret = find(s, queries[i].address);
		if (ret)
			return ret;
		fn(arg, queries[i].index, s->frames, s->answer.n);
	}
	return 0;
}

/* The kernel maps it into every program; there is no file. */
static bool is_vdso(const char *path)
{
	return !strncmp(path, "linux-vdso", 10) ||
	       !strncmp(path, "linux-gate", 10) || path[0] == '[';
}

static uint64_t file_size(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int open_all(struct symbols *s, const struct symbols_module *module,
		    const struct symbols_options *options)
{
	int ret;

	if (!module->path || !*module->path || is_vdso(module->path))
		return 0;
	ret = debugfile_open(&s->file, module, options);
	if (ret || s->file.elf_fd < 0)
		return ret;
	if (options->opened)
		options->opened(options->arg,
				file_size(s->file.elf_fd) +
					file_size(s->file.dwarf_fd));
	ret = symtab_open(&s->file, &s->symtab);
	if (ret)
		return ret;
	return dies_open(&s->file, module, options, &s->names, &s->dies);
}

static void close_all(struct symbols *s)
{
	dies_close(s->dies);
	symtab_close(s->symtab);
	names_fini(&s->names);
	debugfile_close(&s->file);
	free(s);
}

int symbols_module(const struct symbols_module *module,
		   const uint64_t *addresses, size_t n,
		   const struct symbols_options *options, symbols_fn *fn,
		   void *arg)
{
	struct symbols *s;
	struct query *queries;
	int ret = -ENOMEM;

	if (!n)
		return 0;
	queries = sort(addresses, n);
	s = calloc(1, sizeof(*s));
	if (s && queries) {
		s->file = (struct debugfile){.elf_fd = -1, .dwarf_fd = -1};
		ret = open_all(s, module, options);
		if (!ret)
			ret = answer(s, queries, n, fn, arg);
	}
	free(queries);
	if (s)
		close_all(s);
	return ret;
}
