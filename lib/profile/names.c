/* SPDX-License-Identifier: MIT */
/*
 * The table behind names.h, and the only user of libiberty.  A failure to get
 * memory is not told apart from a name that cannot be demangled: the caller
 * shows the mangled one then.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libiberty/demangle.h>
#undef ARRAY_SIZE /* it brings its own */

#include "base.h"

#include "names.h"

struct name {
	const void *key; /* NULL: free */
	char *text;	 /* NULL: nothing to be had */
};

/* Longer ones are not names that anyone reads. */
#define MANGLED_MAX 65536

static struct name *slot_of(const struct names *names, const void *key)
{
	size_t i = (uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	while (names->v[i &= names->room - 1].key && names->v[i].key != key)
		i++;
	return &names->v[i];
}

static bool grow(struct names *names)
{
	struct names bigger = {.n = names->n, .room = MAX(64, names->room * 2)};

	bigger.v = calloc(bigger.room, sizeof(*bigger.v));
	if (!bigger.v)
		return false;
	for (size_t i = 0; i < names->room; i++)
		if (names->v[i].key)
			*slot_of(&bigger, names->v[i].key) = names->v[i];
	free(names->v);
	*names = bigger;
	return true;
}

static const struct name *find(const struct names *names, const void *key)
{
	const struct name *name = names->room ? slot_of(names, key) : NULL;

	return name && name->key ? name : NULL;
}

const char *names_find(const struct names *names, const void *key)
{
	const struct name *name = find(names, key);

	return name ? name->text : NULL;
}

const char *names_keep(struct names *names, const void *key, char *text)
{
	struct name *slot;

	if (names->n >= names->room / 2 && !grow(names)) {
		free(text);
		return NULL;
	}
	slot = slot_of(names, key);
	if (slot->key)
		free(slot->text);
	else
		names->n++;
	*slot = (struct name){key, text};
	return text;
}

/* libiberty does not try D by itself. */
static char *demangle(const char *mangled)
{
	int style = DMGL_AUTO;

	if (strnlen(mangled, MANGLED_MAX) == MANGLED_MAX)
		return NULL;
	if (mangled[0] == '_' && mangled[1] == 'D')
		style = DMGL_DLANG;
	return cplus_demangle(mangled, DMGL_PARAMS | DMGL_ANSI | style);
}

const char *names_demangle(struct names *names, const char *mangled)
{
	const struct name *known;

	/* _Z, __Z (some ABIs), _R (Rust), _D: all else costs nothing. */
	if (mangled[0] != '_')
		return NULL;
	known = find(names, mangled);
	return known ? known->text
		     : names_keep(names, mangled, demangle(mangled));
}

/* The linker keeps versions in the names of .symtab: memcpy@@GLIBC_2.14. */
static char *strip_version(const char *symbol)
{
	char *bare = strndup(symbol, strcspn(symbol, "@")), *text;

	if (!bare)
		return NULL;
	text = demangle(bare);
	if (!text)
		return bare;
	free(bare);
	return text;
}

const char *names_symbol(struct names *names, const char *symbol)
{
	const char *text;

	if (symbol[strcspn(symbol, "@")] == 0) {
		text = names_demangle(names, symbol);
	} else {
		text = names_find(names, symbol);
		if (!text)
			text = names_keep(names, symbol, strip_version(symbol));
	}
	return text ? text : symbol;
}

static char *shorten(const char *path)
{
	char *text = malloc(strlen(path) + 1), *to = text;

	if (!text)
		return NULL;
	while (*path) {
		if (path[0] == '/' && path[1] == '/')
			path++;
		else if (path[0] == '/' && path[1] == '.' && path[2] == '/')
			path += 2;
		else
			*to++ = *path++;
	}
	*to = 0;
	return text;
}

const char *names_path(struct names *names, const char *path)
{
	const char *text;

	/* A name relative to nothing at all. */
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	text = path;
	if (strstr(path, "//") || strstr(path, "/./")) {
		text = names_find(names, path);
		if (!text)
			text = names_keep(names, path, shorten(path));
	}
	return text ? text : path;
}

void names_fini(struct names *names)
{
	for (size_t i = 0; i < names->room; i++)
		free(names->v[i].text);
	free(names->v);
	*names = (struct names){0};
}
