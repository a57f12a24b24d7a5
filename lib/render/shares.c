/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base.h"
#include "intern.h"
#include "list.h"

#include "shares.h"

struct key {
	uint32_t trace, thread, size_class;
};

static unsigned class_of(uint64_t size)
{
	return size ? 64u - (unsigned)__builtin_clzll(size) : 0;
}

/* The share of @e, of those whose keys are in @keys.  NULL: no memory. */
static struct share *find_share(struct shares *s, struct intern *keys,
				const struct history_event *e)
{
	struct key key = {e->trace, e->thread, class_of(e->size)};
	struct share *of;
	uint32_t number;

	if (intern_add(keys, &key, sizeof(key), &number))
		return NULL;
	of = list_grow(s->of, number, &s->room, sizeof(*of));
	if (!of)
		return NULL;
	s->of = of;
	if (number == s->nr)
		of[s->nr++] =
			(struct share){.trace = e->trace, .thread = e->thread};
	return &of[number];
}

static void add_event(struct share *s, const struct history_event *e, size_t at)
{
	double sign = e->free ? -1 : 1;

	if (!e->free) {
		s->allocated_bytes += e->bytes;
		s->allocated_count += e->count;
	}
	if (e->instant <= at) {
		s->live_bytes += sign * e->bytes;
		s->live_count += sign * e->count;
	}
}

static bool is_close(double a, double b)
{
	return fabs(a - b) <= 1e-9 * MAX(fabs(a), fabs(b));
}

/* A log that has changed since, or a part of it, does not. */
static bool adds_up(const struct shares *s, const struct history *h)
{
	const struct sum *live = &h->instants[h->at].live;
	double bytes = 0, count = 0;

	for (size_t i = 0; i < s->nr; i++) {
		bytes += s->of[i].live_bytes;
		count += s->of[i].live_count;
	}
	return is_close(bytes, live->bytes) && is_close(count, live->count);
}

int shares_pull(struct history *h, struct shares *out)
{
	struct intern keys = {0};
	struct history_event e;
	int err;

	*out = (struct shares){0};
	/* What was there before a part of the run is of unknown threads. */
	if (!h->next_event || h->instants[0].live.bytes > 0)
		return 0;
	while ((err = h->next_event(h, &e)) > 0) {
		struct share *s = find_share(out, &keys, &e);

		if (!s) {
			err = -ENOMEM;
			break;
		}
		add_event(s, &e, h->at);
	}
	intern_fini(&keys);
	return err ? err : adds_up(out, h);
}

void shares_fini(struct shares *s)
{
	free(s->of);
	*s = (struct shares){0};
}
