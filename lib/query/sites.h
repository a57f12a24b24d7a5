/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "places.h"
#include "query.h"
#include "weigh.h"

/*
 * Who allocates: what each place did itself, and with all that it called.
 *
 * A stack counts for the innermost place that is not a wrapper (self), and once
 * for each place on it (cumulative), however often that is there: no share
 * exceeds the whole.
 */
struct site {
	struct sum self;
	struct sum cumulative;
	uint32_t trace;	   /* the heaviest one of self, else of cumulative */
	uint32_t position; /* of the place in its frames */
	double heaviest;   /* what that trace weighs */
	bool own;	   /* that trace is one of self */
};

struct sites {
	struct places places;
	struct weights weights;
	struct site *of;	       /* each group of places */
	const struct peak *peaks;      /* each group, see peaks.h, or NULL */
	const struct estimate *growth; /* each group, bytes an hour, or NULL */
	uint64_t *sets;		       /* private to sites_sum_first() */
};

/* Adds up for @q's metric, grouping and time. */
int sites_add_up(const struct query *q, struct sites *out);

/*
 * Adds up @of, a sum for each trace, at the places that @out has already; not
 * those of @hidden traces.  0 or -ENOMEM.
 */
int sites_sum(const struct query *q, const struct sum *of, const bool *hidden,
	      struct sites *out);

/*
 * Adds up the weights of @s at its places, of which each trace has to know its
 * own (places_find()).  Arrays that @s has from before are used again, or are
 * NULL.  What places did with all that they called is added up
 * only for those that a table of @limit rows can show, by what they did
 * themselves.  0 or -ENOMEM.
 */
int sites_sum_first(const struct query *q, size_t limit, struct sites *s);

/* As sites_add_up(), by that; @limit 0: only what they did themselves. */
int sites_add_up_first(const struct query *q, size_t limit, struct sites *out);

enum sites_columns {
	SITES_TOP,   /* self and cumulative */
	SITES_SELF,  /* self and blocks; cumulative for machines */
	SITES_STACK, /* the same, each row with its callers */
};

/* The first @n columns, 2 to 4, of those; NULL: no memory. */
const struct column *sites_choose_columns(const struct query *q,
					  enum sites_columns columns, size_t n);

/* The group that @trace counts for; PLACES_UNKNOWN: its stack is unknown. */
uint32_t sites_owner(const struct sites *s, const struct digest *d,
		     uint32_t trace);

/* The place of a group, and the wrapper it called, or NULL.  0 or -ENOMEM. */
int sites_place(const struct query *q, const struct sites *s, uint32_t group,
		struct place *place, const struct place **via);

/*
 * The @limit heaviest places as a table; all but the title and what to say when
 * empty.  Only SITES_TOP has rows that did nothing themselves.
 */
int sites_table(const struct query *q, const struct sites *s,
		enum sites_columns columns, size_t limit, struct table *out);

/* Sets @shown of the groups that are the rows of that.  0 or -ENOMEM. */
int sites_mark(const struct query *q, const struct sites *s,
	       enum sites_columns columns, size_t limit, bool *shown);
