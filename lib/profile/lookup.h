/* SPDX-License-Identifier: MIT */
#pragma once

#include "heapprof.h"

#include "answers.h"
#include "symbols.h"

/*
 * The symbols of all modules, each looked up in a process of its own, several
 * at a time.
 *
 * ELF and DWARF files are the work of anyone.  One that makes a look-up crash,
 * run out of memory or never end costs the names of that module, which is
 * warned of once, and nothing else.  What comes out, and in which order, does
 * not depend on how many there are at a time.  Where there are no processes to
 * be had, the look-up is done in this one.
 */
struct lookup_module {
	struct symbols_module module;
	const uint64_t *addresses;
	size_t nr; /* 0: there is nothing to look up */
};

/* As symbols_module(), which is the only one outside of tests. */
typedef int lookup_symbols_fn(const struct symbols_module *module,
			      const uint64_t *addresses, size_t n,
			      const struct symbols_options *options,
			      symbols_fn *fn, void *arg);

struct lookup_options {
	/* `opened` is not called. */
	struct symbols_options symbols;
	unsigned jobs; /* processes at a time; 0: one for each processor */

	/* For tests; 0 or NULL: the usual. */
	lookup_symbols_fn *find;
	unsigned patience_ms; /* for a process that does not say anything */
	uint64_t memory;      /* bytes a process may have at first */
	uint64_t seconds;     /* of processor time it may have at first */
};

/*
 * @answers are those for module number @i, NULL if there are none.  0, or a
 * negative errno value that ends it all.
 */
typedef int lookup_fn(void *arg, size_t i, const struct answers *answers);

/*
 * Calls @fn once for each module, in their order, after the warnings about
 * it.  If @listener comes to want an end, what is not done has no answers.
 * 0, -ENOMEM, or what @fn returned.
 */
int lookup_modules(const struct lookup_module *modules, size_t nr,
		   const struct lookup_options *options,
		   const struct heapprof_listener *listener, lookup_fn *fn,
		   void *arg);
