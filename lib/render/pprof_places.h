/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"
#include "intern.h"
#include "query/history.h"

/*
 * The mappings, locations and functions of a profile for pprof, and its
 * strings. Each is numbered when it is first asked for, and put into messages
 * that go into the file one kind after the other: numbers have to count from 1
 * in its order, but for those of strings, of which 0 is "".
 */

/* Fields of the profile. */
enum { PPROF_MAPPING = 3, PPROF_LOCATION = 4, PPROF_FUNCTION = 5 };

struct pprof_module {
	const struct history_module *is; /* NULL: nothing but its path */
	const char *path;
	/* Some are known of the frames in it. */
	bool functions, files, lines, inlines;
};

struct pprof_places {
	const struct history *h;
	const char *program; /* path of its file, or NULL */
	const char *other;   /* name of HISTORY_OTHER */
	struct arena arena;
	struct intern strings, functions, locations;
	struct intern paths; /* of modules, which have the same numbers */
	struct pprof_module *modules;
	uint32_t *module_of; /* each frame, plus one; 0: none */
	struct bytes mapping_messages, location_messages, function_messages;
	struct bytes location, line, message; /* that are being made */
	uint64_t *ids;			      /* of pprof_locations() */
	int err;
};

/* 0 or -ENOMEM; to be ended with pprof_places_fini() also after an error. */
int pprof_places_init(struct pprof_places *p, const struct history *h,
		      const char *program, double precision);
void pprof_places_fini(struct pprof_places *p);

/* 0, or what went wrong so far. */
int pprof_places_error(const struct pprof_places *p);

/* The locations of a trace, innermost first, to p->ids; how many. */
size_t pprof_locations(struct pprof_places *p, uint32_t trace);

/* The number of a string. */
uint32_t pprof_string(struct pprof_places *p, const char *s);

/* The number of @n bytes at @key, such as those of a string. */
uint32_t pprof_number(struct pprof_places *p, struct intern *in,
		      const void *key, size_t n);
