/* SPDX-License-Identifier: MIT */

/*
 * A snapshot of several processes is what each did in its own instants since
 * the last common one, with what it has now if it is still there.
 */

#include <errno.h>
#include <stdlib.h>

#include "list.h"

#include "merge.h"
#include "merge_state.h"

struct entries {
	struct digest_usage *of;
	size_t nr, room;
};

static int add_entries(struct entries *e, const struct digest_usage *usage,
		       size_t n, uint32_t first_trace, bool active, bool live)
{
	struct digest_usage *of =
		list_grow(e->of, e->nr + n, &e->room, sizeof(*of));

	if (!of)
		return -ENOMEM;
	e->of = of;
	for (size_t i = 0; i < n; i++) {
		struct digest_usage *u = &of[e->nr++];

		*u = usage[i];
		if (u->trace != DIGEST_OTHER)
			u->trace += first_trace - 1;
		if (!live)
			u->live = (struct sum){0};
		if (!active)
			u->allocated = u->freed = (struct sum){0};
	}
	return 0;
}

/*
 * What @p did in its instants after @from up to @to, and what it has at the
 * latter if it is @there.
 */
static int add_part(struct entries *e, const struct merge_part *p, size_t from,
		    size_t to, bool there)
{
	int error = 0;

	for (size_t i = MIN(from + 1, to); i <= to && error == 0; i++) {
		struct digest_usage *usage;
		size_t n;

		if (i <= from && !there)
			break;
		error = digest_snapshot(p->digest, i, &usage, &n);
		if (error)
			return error;
		error = add_entries(e, usage, n, p->first_trace, i > from,
				    there && i == to);
		free(usage);
	}
	return error;
}

static int compare_entries(const void *a, const void *b)
{
	const struct digest_usage *x = a, *y = b;

	return (x->trace > y->trace) - (x->trace < y->trace);
}

/* One entry a trace, in order; returns how many there are. */
static size_t join_entries(struct entries *e)
{
	size_t n = 0;

	if (e->nr == 0)
		return 0;
	qsort(e->of, e->nr, sizeof(*e->of), compare_entries);
	for (size_t i = 1; i < e->nr; i++) {
		struct digest_usage *u = &e->of[i];

		if (u->trace != e->of[n].trace) {
			e->of[++n] = *u;
			continue;
		}
		sum_add(&e->of[n].live, &u->live);
		sum_add(&e->of[n].allocated, &u->allocated);
		sum_add(&e->of[n].freed, &u->freed);
	}
	return n + 1;
}

int merge_snapshot(const struct merge *m, size_t index,
		   struct digest_usage **usage, size_t *n)
{
	uint64_t ns = m->digest.instants[index].time_ns;
	struct entries e = {.of = malloc(sizeof(*e.of)), .room = 1};
	int error = e.of ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->nr_parts && index > 0 && error == 0; i++) {
		const struct merge_part *p = &m->parts[i];
		uint64_t before = m->digest.instants[index - 1].time_ns;
		size_t from = 0;

		if (ns < p->start_ns)
			continue;
		if (index > 1 && before >= p->start_ns)
			from = merge_at(p, before);
		error = add_part(&e, p, from, merge_at(p, ns),
				 merge_is_there(p, ns));
	}
	if (error) {
		free(e.of);
		return error;
	}
	*n = join_entries(&e);
	*usage = e.of;
	return 0;
}
