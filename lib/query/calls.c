/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base.h"

#include "calls.h"

/*
 * The figures of each stack go to its innermost node, and from there to the
 * callers, which have lower numbers.  Nothing recurses: stacks can be as deep
 * as a file says.
 */

static uint32_t *find_slot(const struct calls *c, uint32_t parent,
			   uint32_t group)
{
	uint64_t h = ((uint64_t)parent << 32 | group) * 0x9e3779b97f4a7c15;
	size_t i = (h ^ h >> 32) & c->mask;

	for (; c->table[i]; i = (i + 1) & c->mask) {
		const struct calls_node *n = &c->nodes[c->table[i]];

		if (n->parent == parent && n->group == group)
			break;
	}
	return &c->table[i];
}

static int grow_table(struct calls *c)
{
	size_t size = c->mask ? (c->mask + 1) * 2 : 1024;

	if (c->mask && c->nr * 2 <= c->mask)
		return 0;
	c->table = arena_alloc(c->q->arena, size, sizeof(*c->table));
	if (!c->table)
		return -ENOMEM;
	c->mask = size - 1;
	for (uint32_t i = 1; i < c->nr; i++)
		*find_slot(c, c->nodes[i].parent, c->nodes[i].group) = i;
	return 0;
}

/* The child of @parent for @group; 0: no memory. */
static uint32_t add_child(struct calls *c, uint32_t parent, uint32_t group,
			  uint32_t frame)
{
	uint32_t *slot = find_slot(c, parent, group);
	uint32_t node = *slot;

	if (node)
		return node;
	node = *slot = (uint32_t)c->nr;
	c->nodes = arena_grow(c->q->arena, c->nodes, c->nr, &c->room,
			      sizeof(*c->nodes));
	if (!c->nodes || c->nr == UINT32_MAX - 1)
		return 0;
	c->nodes[c->nr++] = (struct calls_node){
		.parent = parent, .group = group, .frame = frame};
	c->nodes[parent].nr_children++;
	return grow_table(c) ? 0 : node;
}

static int add_trace(struct calls *c, uint32_t trace)
{
	const struct digest_trace *t = &c->q->digest->traces[trace];
	uint32_t node = 0, last = CALLS_NO_FRAME;

	for (uint32_t i = t->nr_frames; i-- > 0;) {
		uint32_t group = c->places.group[t->frames[i]];

		/* A module that calls itself is one call. */
		if (c->q->by == BY_MODULE && group == last)
			continue;
		last = group;
		node = add_child(c, node, group, t->frames[i]);
		if (!node)
			return -ENOMEM;
	}
	if (!t->nr_frames)
		node = add_child(c, 0, PLACES_UNKNOWN, CALLS_NO_FRAME);
	c->leaf[trace] = node;
	return node ? 0 : -ENOMEM;
}

static int build(struct calls *c)
{
	const struct digest *d = c->q->digest;
	int err = places_group(c->q, &c->places);

	if (err)
		return err;
	c->leaf = arena_alloc(c->q->arena, d->nr_traces, sizeof(*c->leaf));
	c->nodes =
		arena_grow(c->q->arena, NULL, 0, &c->room, sizeof(*c->nodes));
	if (!c->leaf || !c->nodes)
		return -ENOMEM;
	c->nr = 1;
	err = grow_table(c);
	for (uint32_t i = 1; i < d->nr_traces && !err; i++)
		if (!c->sides->hidden[i] && sides_weighs(c->sides, i))
			err = add_trace(c, i);
	return err;
}

/* Of @of, which has a sum for each trace; NULL: no memory. */
static struct sum *sum_up(const struct calls *c, const struct sum *of)
{
	struct sum *out = arena_alloc(c->q->arena, c->nr, sizeof(*out));

	if (!out)
		return NULL;
	for (size_t i = 1; i < c->q->digest->nr_traces; i++)
		if (c->leaf[i])
			weigh_add(&out[c->leaf[i]], &of[i]);
	for (size_t i = c->nr; i-- > 1;)
		weigh_add(&out[c->nodes[i].parent], &out[i]);
	return out;
}

static int sum_nodes(struct calls *c)
{
	const struct sides *s = c->sides;

	c->sums = (struct sides){.nr = s->nr};
	c->sums.of = arena_alloc(c->q->arena, s->nr, sizeof(*c->sums.of));
	if (!c->sums.of)
		return -ENOMEM;
	for (size_t k = 0; k < s->nr; k++) {
		c->sums.of[k].of = sum_up(c, s->of[k].of);
		if (!c->sums.of[k].of)
			return -ENOMEM;
	}
	if (!s->change)
		return 0;
	c->sums.change = sum_up(c, s->change);
	return c->sums.change ? 0 : -ENOMEM;
}

int calls_collect(struct calls *c, const struct query *q, const struct sides *s)
{
	int err;

	*c = (struct calls){.q = q, .sides = s};
	err = build(c);
	return err ? err : sum_nodes(c);
}
