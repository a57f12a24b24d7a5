/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "heapprof.h"
#include "profile/digest.h"
#include "profile/family.h"

/*
 * From the name of a profile, as users give it, to its digest: a digest that is
 * there, or one that is made now.
 */
struct source {
	char *base;	       /* of the log; NULL: a digest without one */
	struct family family;  /* that was merged; else nobody */
	char *temporary;       /* digest that goes at the end, or NULL */
	struct digest *digest; /* open */
	bool made;	       /* just now; what it lacks has been said */
};

/*
 * Opens @profile: BASE, one of its files, FILE.hpc or "-".  A digest that has
 * another interval or precision than @wanted asks for is made again, if there
 * is a log, and so is one of version 1; NULL, an interval of 0 and a negative
 * precision: any.  0, or -errno, said to @listener; source_close() also after
 * an error.
 */
int source_open(struct source *s, const char *profile,
		const struct heapprof_digest_options *wanted,
		const struct heapprof_listener *listener);

/*
 * The same of the process of @profile, whose log has to be there, and of all
 * those that come from it as one.
 */
int source_merge(struct source *s, const char *profile,
		 const struct heapprof_digest_options *wanted,
		 const struct heapprof_listener *listener);
void source_close(struct source *s);

/*
 * Says what @profile lacks, unless making the digest just did.  HEAPPROF_LOSSY
 * if anything was lost.
 */
int source_losses(const struct source *s, const char *profile,
		  const struct heapprof_listener *listener);
