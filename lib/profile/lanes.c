/* SPDX-License-Identifier: MIT */

/*
 * Each lane has some decoded events, the earliest of which is taken.  When one
 * has run out of them it is filled again, but not before all that was taken has
 * been used: events name what belongs to their lane.
 *
 * Which lane is next cannot be foreseen where threads run at the same time, so
 * it is found without branches: by a tree of losers, as tournaments have.  A
 * lane is at a leaf, and at each node is the one that lost there.  The new
 * event of the winner plays against those on the way from its leaf to the top.
 */

#include <errno.h>
#include <stdlib.h>

#include "lane.h"
#include "lanes.h"
#include "windows.h"

#define BATCH 512u

/* The time of the next event of a lane; the number of the lane in the span. */
struct player {
	uint64_t time_ns;
	uint64_t lane;
};

struct lanes {
	struct lane_log log;
	struct lane **lanes;		    /* those of the span come first */
	const struct reader_event **cursor; /* next of each, or the end */
	struct player *tree; /* losers by node; then the leaves */
	struct player winner;
	size_t nr_lanes, room, nr; /* that there are, and in the span */
	size_t nr_leaves;	   /* a power of two */
	struct reader_event batch[BATCH];
};

struct lanes *lanes_new(const struct blocks *b, const struct hpm_header *h)
{
	struct lanes *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->log.file = *b;
	ls->log.header = h;
	ls->log.tick_limit = READER_TIME_MAX >> h->tick_shift;
	return ls;
}

void lanes_free(struct lanes *ls)
{
	if (!ls)
		return;
	for (size_t i = 0; i < ls->nr_lanes; i++)
		free(ls->lanes[i]);
	free(ls->lanes);
	free(ls->cursor);
	free(ls->tree);
	free(ls);
}

static int find_room(struct lanes *ls, size_t nr)
{
	size_t room = MAX(nr, ls->room * 2);
	void *lanes, *cursor, *tree;

	if (nr <= ls->room)
		return 0;
	lanes = realloc(ls->lanes, room * sizeof(*ls->lanes));
	if (lanes)
		ls->lanes = lanes;
	cursor = realloc(ls->cursor, room * sizeof(*ls->cursor));
	if (cursor)
		ls->cursor = cursor;
	tree = realloc(ls->tree, 4 * room * sizeof(*ls->tree));
	if (tree)
		ls->tree = tree;
	if (!lanes || !cursor || !tree)
		return -ENOMEM;
	ls->room = room;
	return 0;
}

static int get_lane(struct lanes *ls, size_t i, struct lane **out)
{
	int error = find_room(ls, i + 1);

	if (error == 0 && i == ls->nr_lanes) {
		ls->lanes[i] = lane_new();
		if (!ls->lanes[i])
			return -ENOMEM;
		ls->nr_lanes++;
	}
	*out = error ? NULL : ls->lanes[i];
	return error;
}

/* Of two that are next to each other in the tree. */
static bool is_first(struct player left, struct player right)
{
	return left.time_ns <= right.time_ns;
}

static struct player make_player(const struct lanes *ls, size_t i)
{
	if (i >= ls->nr)
		return (struct player){LANE_ENDED, i};
	return (struct player){ls->cursor[i]->time_ns, i};
}

/* Lets all play against each other, and then keeps the losers. */
static void build_tree(struct lanes *ls)
{
	struct player *t = ls->tree;
	size_t n = 1;

	while (n < ls->nr)
		n *= 2;
	for (size_t i = 0; i < n; i++)
		t[n + i] = make_player(ls, i);
	for (size_t i = n - 1; i > 0; i--)
		t[i] = t[2 * i + !is_first(t[2 * i], t[2 * i + 1])];
	ls->winner = t[1];
	for (size_t i = 1; i < n; i++)
		t[i] = t[2 * i + is_first(t[2 * i], t[2 * i + 1])];
	ls->nr_leaves = n;
}

/* Plays @p, the next of the one that won last, on the way from its leaf.  Who
   comes from the right does not win with the same time. */
static hot struct player replay(struct player *tree, size_t nr_leaves,
				struct player p)
{
	for (size_t i = nr_leaves + p.lane; i > 1; i /= 2) {
		struct player *loser = &tree[i / 2];
		uint64_t lost = -(uint64_t)(loser->time_ns < p.time_ns + i % 2);
		uint64_t time_ns = (loser->time_ns ^ p.time_ns) & lost;
		uint64_t lane = (loser->lane ^ p.lane) & lost;

		loser->time_ns ^= time_ns;
		loser->lane ^= lane;
		p.time_ns ^= time_ns;
		p.lane ^= lane;
	}
	return p;
}

int lanes_start(struct lanes *ls, const struct span *s)
{
	ls->log.span = s;
	ls->log.damage = (struct reader_damage){0};
	ls->nr = 0;
	for (size_t i = 0, k; i < s->nr; i = k) {
		struct lane *l;
		int error = get_lane(ls, ls->nr, &l);

		if (error)
			return error;
		for (k = i;
		     k < s->nr && s->blocks[k].lane == s->blocks[i].lane;)
			k++;
		lane_start(l, &ls->log, &s->blocks[i], &s->blocks[k]);
		ls->cursor[ls->nr++] = l->events;
	}
	build_tree(ls);
	return 0;
}

/* The next event of the winner is another one. */
static void play(struct lanes *ls)
{
	ls->winner = replay(ls->tree, ls->nr_leaves,
			    make_player(ls, ls->winner.lane));
}

/* Makes sure that the winner has events; false: all have ended, or @error. */
static bool find_winner(struct lanes *ls, int *error)
{
	while (ls->winner.time_ns != LANE_ENDED) {
		size_t i = ls->winner.lane;
		struct lane *l = ls->lanes[i];

		if (ls->cursor[i]->kind != LANE_NOTHING)
			return true;
		*error = lane_fill(l, &ls->log);
		if (*error)
			return false;
		ls->cursor[i] = l->events;
		play(ls);
	}
	return false;
}

/* No event of another lane is before; the best one lost to the winner. */
static uint64_t find_second(const struct lanes *ls)
{
	uint64_t second = LANE_ENDED;

	for (size_t i = (ls->nr_leaves + ls->winner.lane) / 2; i > 0; i /= 2)
		second = MIN(second, ls->tree[i].time_ns);
	return second;
}

/* All that the winner has comes before any other one: no need to copy it. */
static bool take_all(struct lanes *ls, const struct reader_event **events,
		     size_t *n)
{
	size_t i = ls->winner.lane;
	const struct lane *l = ls->lanes[i];
	const struct reader_event *end = l->events + l->nr;

	if (end[-1].time_ns >= find_second(ls))
		return false;
	*events = ls->cursor[i];
	*n = (size_t)(end - *events);
	ls->cursor[i] = end;
	play(ls);
	return true;
}

/* Until a lane has none any more. */
static size_t merge(struct lanes *ls)
{
	struct player winner = ls->winner;
	size_t n = 0;

	while (n < BATCH) {
		const struct reader_event *e = ls->cursor[winner.lane];

		if (e->kind == LANE_NOTHING)
			break;
		ls->batch[n++] = *e++;
		ls->cursor[winner.lane] = e;
		winner.time_ns = e->time_ns;
		winner = replay(ls->tree, ls->nr_leaves, winner);
	}
	ls->winner = winner;
	return n;
}

int lanes_next(struct lanes *ls, const struct reader_event **events, size_t *n)
{
	int error = 0;

	*n = 0;
	*events = ls->batch;
	if (find_winner(ls, &error) && !take_all(ls, events, n))
		*n = merge(ls);
	return error;
}

int lanes_add_up(struct lanes *ls, struct reader_sums *out)
{
	return windows_add_up(ls->lanes, ls->nr, &ls->log, out);
}

const struct reader_damage *lanes_damage(const struct lanes *ls)
{
	return &ls->log.damage;
}

int lanes_error(const struct lanes *ls)
{
	return ls->log.file.error;
}
