/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "heapprof.h"
#include "profile/digest.h"

/*
 * From the name of a profile, as users give it, to its digest: a digest that is
 * there, or one that is made now.
 */
struct source {
	char *base;	       /* of the log; NULL: a digest without one */
	char *temporary;       /* digest that goes at the end, or NULL */
	struct digest *digest; /* open */
	bool made;	       /* just now; what it lacks has been said */
	const char *v1_scale;  /* asked for; NULL: any */
};

/*
 * Opens @profile: BASE, one of its files, FILE.hpc or "-".  @v1_scale is that
 * of the report's options.  A FILE.hpc of version 1 is made again where its log
 * is beside it.  0, or -errno, said
 * to @listener; source_close() also after an error.
 */
int source_open(struct source *s, const char *profile, const char *v1_scale,
		const struct heapprof_listener *listener);
void source_close(struct source *s);
