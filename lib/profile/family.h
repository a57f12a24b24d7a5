/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/format.h"

/*
 * The processes of one recording with --children: BASE and BASE.PID, BASE.PID.2
 * and so on, as far as they descend from BASE.
 *
 * Each names the profile that it comes from.  Files of an older recording that
 * happen to lie there belong to another tree.
 */
struct family_member {
	char *base;    /* of its files */
	char *program; /* the name that it was called by; "": unknown */
	uint32_t pid;
	enum hpm_origin origin;
	uint64_t profile;
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	uint64_t end_ns;   /* likewise, if an end is noted; else 0 */
	size_t parent;	   /* index of the one that it comes from */
};

/* In order of their start, but parents always before their children. */
struct family {
	struct family_member *members; /* the first one is BASE */
	size_t nr;
};

/*
 * The family of @base, whose files end with .hpm and .hpd.  What cannot be read
 * is no member; of a profile of version 1, or where BASE is missing, nobody is.
 * 0 or -ENOMEM; family_fini() frees.
 */
int family_find(const char *base, struct family *out);
void family_fini(struct family *f);

/* Has its process the files mapped, here and now? */
bool family_runs(const struct family_member *m);
