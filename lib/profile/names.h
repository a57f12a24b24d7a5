/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Names as people read them, each worked out once.
 *
 * Demangling costs microseconds and the same few functions are asked for over
 * and over.  What a name was made of has a fixed place in a mapped file while
 * that is open, so the address of that place is the key; it is never read
 * through but where the function says so.  A zeroed struct is an empty table.
 */
struct names {
	struct name *v; /* open addressing; the size is a power of two */
	size_t n, room;
};

/*
 * What @mangled means in C++, Rust or D; NULL where it is not a mangled name.
 * Keyed by the place of @mangled.  The text is the table's.
 */
const char *names_demangle(struct names *names, const char *mangled);

/*
 * The name of an ELF symbol: demangled, without the version after "@"; @symbol
 * itself where that is all.  Keyed by its place.
 */
const char *names_symbol(struct names *names, const char *symbol);

/*
 * @path without "/./" and "//"; itself where it has none.  Keyed by its place.
 */
const char *names_path(struct names *names, const char *path);

/* What was kept for @key with names_keep(), or NULL. */
const char *names_find(const struct names *names, const void *key);

/*
 * Keeps @text, of malloc(), for @key; NULL is kept as well.  Takes it over even
 * if it fails.  Returns it; NULL if memory ran out.
 */
const char *names_keep(struct names *names, const void *key, char *text);

void names_fini(struct names *names);
