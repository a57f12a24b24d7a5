/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Which functions only hand memory on: malloc and its like, xmalloc, operator
 * new, the insides of std::vector.  What they allocate is their caller's.
 *
 * It goes by the name alone:
 *
 *   C     the name ends in malloc, calloc, realloc, zalloc, strdup and the
 *         like, or in a word "alloc", but for what says how: xmalloc,
 *         g_malloc0_n, sqlite3DbMallocRaw, PyType_GenericAlloc, xstrndup
 *   C++   operator new; all of std::, __gnu_cxx::, __cxxabiv1::
 *   Rust  all of alloc::, core::, std::, hashbrown::; __rust_alloc
 *
 * and a few names of libraries that fit none of these.
 */
bool wrapper_is(const char *function);

/*
 * The qualified name without template arguments, parameters and return type:
 * "void std::vector<int>::push_back(int&&)" gives "std::vector::push_back".
 * Cut to @size.
 */
void wrapper_bare(const char *function, char *out, size_t size);
