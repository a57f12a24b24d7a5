/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "format/varint.h"
#include "list.h"

#include "instants.h"

void instants_init(struct instants *i, const struct timetable *t,
		   struct snapshot *s, struct output *o)
{
	i->timetable = t;
	i->state = s;
	i->output = o;
	i->boundary_ns =
		t->interval_ns < t->end_ns ? t->interval_ns : UINT64_MAX;
	i->peak = SIZE_MAX;
}

void instants_fini(struct instants *i)
{
	free(i->is);
	bytes_fini(&i->bytes);
}

/* The first stop at @time_ns or later. */
static uint64_t find_stop(const struct stops *s, uint64_t time_ns)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->of[middle].time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->nr ? s->of[low].time_ns : UINT64_MAX;
}

uint64_t instants_due(const struct timetable *t, uint64_t time_ns)
{
	uint64_t due = (time_ns / t->interval_ns + 1) * t->interval_ns;
	uint64_t stop = find_stop(t->stops, time_ns);

	if (due >= t->end_ns)
		due = UINT64_MAX;
	/* It comes after the events of its own time. */
	return stop < due ? stop + 1 : due;
}

static void put_usage(struct bytes *b, const struct hpc_usage *usage, size_t n)
{
	uint32_t before = 0;

	b->n += varint_put(bytes_room(b, VARINT_MAX), n);
	for (size_t i = 0; i < n; i++) {
		b->n += hpc_put_usage(bytes_room(b, HPC_USAGE_MAX), &usage[i],
				      before);
		before = usage[i].trace + 1;
	}
}

static struct hpc_instant *add_instant(struct instants *i)
{
	struct hpc_instant *is = list_grow(i->is, i->nr, &i->room, sizeof(*is));

	if (!is)
		return NULL;
	i->is = is;
	return &is[i->nr++];
}

static uint64_t rss_bytes(const struct instants *i)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(i->state->rss_pages, i->page_size, &bytes))
		return 0;
	return bytes;
}

/* Has nothing happened since the last instant? */
static bool is_quiet(const struct instants *i)
{
	return i->nr > 0 && i->changes == i->state->recorded + i->state->frees;
}

/* Is the instant to be made the one that was made last? */
static bool is_same(const struct instants *i, uint64_t time_ns)
{
	return is_quiet(i) && i->is[i->nr - 1].time_ns == time_ns;
}

/* The snapshot, to i->bytes; nothing where it is the same as the last one. */
static int take_snapshot(struct instants *i, bool quiet)
{
	const struct hpc_usage *usage;
	bool same = quiet && i->was_quiet;
	size_t n;

	i->was_quiet = quiet;
	i->bytes.n = 0;
	if (same)
		return 0;
	if (snapshot_take(i->state, i->precision, &usage, &n))
		return -ENOMEM;
	put_usage(&i->bytes, usage, n);
	return 0;
}

static int make_new(struct instants *i, uint64_t time_ns)
{
	bool quiet = is_quiet(i);
	struct hpc_instant *at = add_instant(i);
	struct snapshot *s = i->state;

	if (!at)
		return -ENOMEM;
	at->time_ns = time_ns;
	at->kinds = 0;
	at->live = snapshot_live(s);
	at->max_live = s->max_live;
	at->allocated = s->allocated;
	at->freed = s->freed;
	if (take_snapshot(i, quiet))
		return -ENOMEM;
	at->offset = i->output->offset;
	at->length = i->bytes.n;
	at->crc = block_crc32c(0, i->bytes.p, i->bytes.n);
	output_write(i->output, i->bytes.p, i->bytes.n);
	i->changes = s->recorded + s->frees;
	if (i->bytes.failed)
		return -ENOMEM;
	return i->output->error;
}

int instants_make(struct instants *i, enum digest_kind kind, uint64_t time_ns)
{
	int error = is_same(i, time_ns) ? 0 : make_new(i, time_ns);

	if (error)
		return error;
	i->is[i->nr - 1].kinds |= kind;
	i->is[i->nr - 1].rss = rss_bytes(i);
	if (kind == DIGEST_PEAK) {
		i->peak = i->nr - 1;
		snapshot_keep_peak(i->state);
	}
	return 0;
}

int instants_catch_up(struct instants *i, uint64_t time_ns)
{
	const struct timetable *t = i->timetable;
	int error = 0;

	while (error == 0) {
		const struct stop *stop =
			i->stop < t->stops->nr ? &t->stops->of[i->stop] : NULL;

		if (!stop || i->boundary_ns <= stop->time_ns) {
			if (i->boundary_ns > time_ns)
				break;
			error = instants_make(i, DIGEST_INTERVAL,
					      i->boundary_ns);
			i->boundary_ns += t->interval_ns;
			if (i->boundary_ns >= t->end_ns)
				i->boundary_ns = UINT64_MAX;
		} else {
			if (stop->time_ns >= time_ns)
				break;
			error = instants_make(i, stop->kind, stop->time_ns);
			i->stop++;
		}
	}
	return error;
}

void instants_choose_peak(struct instants *i)
{
	i->peak = 0;
	for (size_t k = 1; k < i->nr; k++)
		if (i->is[k].live.bytes > i->is[i->peak].live.bytes)
			i->peak = k;
	i->is[i->peak].kinds |= DIGEST_PEAK;
}
