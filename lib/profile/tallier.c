/* SPDX-License-Identifier: MIT */

/*
 * Tables of what there is in a tally.  Nothing has to be cleared for the next
 * one: numbers that are kept elsewhere go with the number of the tally that
 * they are of.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tallier.h"

#define INDEX_BITS 10

static int open_index(struct tallier_index *x, uint32_t bits)
{
	x->slots = calloc((size_t)1 << bits, sizeof(*x->slots));
	x->bits = bits;
	return x->slots ? 0 : -ENOMEM;
}

struct tallier *tallier_new(const struct tally_rules *rules)
{
	struct tallier *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->rules = *rules;
	w->traces = calloc(rules->nr_nodes, sizeof(*w->traces));
	w->threads = calloc(rules->nr_threads, sizeof(*w->threads));
	if (w->traces && w->threads && !open_index(&w->cells, INDEX_BITS))
		return w;
	tallier_free(w);
	return NULL;
}

void tallier_free(struct tallier *w)
{
	if (!w)
		return;
	free(w->traces);
	free(w->threads);
	free(w->cells.slots);
	free(w);
}

/* An array of @nr elements of @size bytes, where its address is kept. */
static int extend(void *array, uint32_t room, size_t size)
{
	void *p;

	memcpy(&p, array, sizeof(p));
	p = realloc(p, room * size);
	if (!p)
		return -ENOMEM;
	memcpy(array, &p, sizeof(p));
	return 0;
}

/* Room for one more in an array, and in that of its variances. */
static int make_room(const struct tallier *w, uint32_t nr, uint32_t *room,
		     void *array, size_t size, void *vars, size_t var_size)
{
	uint32_t more = *room * 2 + 16;

	if (nr < *room)
		return 0;
	if (extend(array, more, size) ||
	    (w->rules.has_vars && extend(vars, more, var_size)))
		return -ENOMEM;
	*room = more;
	return 0;
}

static uint64_t make_entry(const struct tallier *w, uint32_t number)
{
	return w->id << TALLIER_BITS | number;
}

cold int tallier_add_trace(struct tallier *w, uint32_t node, uint32_t *out)
{
	struct tally *t = w->t;

	if (make_room(w, t->nr_traces, &t->room_traces, &t->traces,
		      sizeof(*t->traces), &t->trace_vars,
		      sizeof(*t->trace_vars)))
		return -ENOMEM;
	*out = t->nr_traces++;
	memset(&t->traces[*out], 0, sizeof(*t->traces));
	t->traces[*out].node = node;
	if (t->trace_vars)
		memset(&t->trace_vars[*out], 0, sizeof(*t->trace_vars));
	w->traces[node] = make_entry(w, *out);
	return 0;
}

cold int tallier_add_thread(struct tallier *w, uint32_t thread, uint32_t *out)
{
	struct tally *t = w->t;

	if (make_room(w, t->nr_threads, &t->room_threads, &t->threads,
		      sizeof(*t->threads), &t->thread_vars,
		      sizeof(*t->thread_vars)))
		return -ENOMEM;
	*out = t->nr_threads++;
	memset(&t->threads[*out], 0, sizeof(*t->threads));
	t->threads[*out].thread = thread;
	if (t->thread_vars)
		memset(&t->thread_vars[*out], 0, sizeof(*t->thread_vars));
	w->threads[thread] = make_entry(w, *out);
	return 0;
}

/* Puts @number where it belongs; there is room. */
static void put_number(const struct tallier *w, struct tallier_index *x,
		       const struct tally_cell *cell, uint32_t number)
{
	uint32_t i = tallier_slot(x, cell->trace, cell->class);

	while (x->slots[i] >> TALLIER_BITS == w->id)
		i = tallier_next(x, i);
	x->slots[i] = make_entry(w, number);
}

/* Twice as many slots, all empty, if those there are would get half full. */
static bool grow_index(struct tallier_index *x, uint32_t nr, int *error)
{
	uint64_t *before = x->slots;

	if (nr < 1u << (x->bits - 1))
		return false;
	*error = open_index(x, x->bits + 1);
	if (*error)
		x->slots = before;
	else
		free(before);
	return *error == 0;
}

cold int tallier_add_cell(struct tallier *w, uint32_t trace, uint32_t class,
			  uint32_t *out)
{
	struct tally *t = w->t;
	int error = make_room(w, t->nr_cells, &t->room_cells, &t->cells,
			      sizeof(*t->cells), &t->cell_vars,
			      sizeof(*t->cell_vars));

	if (error == 0 && grow_index(&w->cells, t->nr_cells, &error))
		for (uint32_t i = 0; i < t->nr_cells; i++)
			put_number(w, &w->cells, &t->cells[i], i);
	if (error)
		return error;
	*out = t->nr_cells++;
	memset(&t->cells[*out], 0, sizeof(*t->cells));
	t->cells[*out].trace = trace;
	t->cells[*out].class = class;
	if (t->cell_vars)
		memset(&t->cell_vars[*out], 0, sizeof(*t->cell_vars));
	put_number(w, &w->cells, &t->cells[*out], *out);
	return 0;
}

static bool is_exact(const struct hpc_sum *w)
{
	return w->bytes_var == 0 && w->count_var == 0;
}

/* Looks up what @b is in the tally. */
cold int tallier_block(struct tallier *w, struct reader_block *b)
{
	uint32_t node = b->is.trace;
	__int128 waste = (__int128)b->weight.count * b->is.waste;
	int error = 0;

	if (unlikely(node >= w->rules.nr_nodes))
		node = 0;
	b->in.trace = tallier_number(w, w->traces[node]);
	if (b->in.trace == UINT32_MAX)
		error = tallier_add_trace(w, node, &b->in.trace);
	if (error == 0)
		error = tallier_cell(w, b->in.trace, hpc_class(b->is.size),
				     &b->in.cell);
	if (error == 0)
		error = tallier_thread(w, b->is.thread, &b->in.thread);
	b->in.waste = (int64_t)(uint64_t)(waste / (HPC_ONE / HPC_BYTE));
	b->in.exact = is_exact(&b->weight);
	/* One that is not known is counted, event by event. */
	if (b->is.trace >= w->rules.nr_nodes)
		w->t->bad_nodes++;
	else
		b->in.tally = w->id;
	return error;
}
