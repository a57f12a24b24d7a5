/* SPDX-License-Identifier: MIT */

/*
 * Makes a digest in two passes over the log.  The first finds the peak and the
 * end (plan.h).  The second carries the state from event to event and, at each
 * instant that is wanted, writes a snapshot of it; only what belongs to traces,
 * threads and instants stays in memory.
 *
 * Where an instant lies between events:
 *	start		before all
 *	interval	before the first event at or after its time
 *	peak		right after the event that reaches it
 *	mark		before the first event after its time, as others that
 *			somebody asked for
 *	end		after all
 * Instants with the same time and nothing in between are one.
 */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#include "digest.h"
#include "digest_options.h"
#include "output.h"
#include "plan.h"
#include "reader.h"
#include "say.h"
#include "snapshot.h"
#include "stops.h"
#include "tables.h"

#define SECOND 1e9

struct maker {
	const struct heapprof_listener *listener;
	struct hpc_header header; /* with the options */
	struct reader *reader;
	struct output *output;
	struct plan plan;
	struct snapshot state;
	uint64_t interval_ns;
	uint64_t end_ns;
	uint64_t nr_events; /* applied */
	bool shortened;

	const struct digest_times *times; /* or NULL */
	struct stops stops;
	uint64_t boundary_ns; /* the next interval */
	size_t stop;	      /* the next one */
	uint64_t due_ns;      /* no event before this needs an instant first */

	struct hpc_instant *instants;
	size_t nr_instants, room;
	uint64_t changes; /* allocations and frees at the last instant */
	size_t peak;	  /* SIZE_MAX: not reached */
	struct bytes bytes;
};

/* Of the next stop. */
static uint64_t stop_ns(const struct maker *m)
{
	return m->stop < m->stops.nr ? m->stops.of[m->stop].time_ns
				     : UINT64_MAX;
}

static uint64_t find_end(const struct maker *m)
{
	const struct metadata *meta = reader_metadata(m->reader);
	const struct hpm_header *h = reader_header(m->reader);
	uint64_t end_ns = reader_ns(h, meta->state.end_tick);

	if (m->plan.stopped)
		return m->plan.last_ns;
	end_ns = MAX(end_ns, m->plan.last_ns);
	if (meta->nr_marks > 0)
		end_ns =
			MAX(end_ns,
			    reader_ns(h, meta->marks[meta->nr_marks - 1].tick));
	return end_ns;
}

static void put_usage(struct bytes *b, const struct hpc_usage *usage, size_t n)
{
	uint32_t before = 0;

	b->n = 0;
	b->n += varint_put(bytes_room(b, VARINT_MAX), n);
	for (size_t i = 0; i < n; i++) {
		b->n += hpc_put_usage(bytes_room(b, HPC_USAGE_MAX), &usage[i],
				      before);
		before = usage[i].trace + 1;
	}
}

static struct hpc_instant *add_instant(struct maker *m)
{
	if (m->nr_instants == m->room) {
		size_t room = m->room * 2 + 128;
		struct hpc_instant *p = realloc(m->instants, room * sizeof(*p));

		if (!p)
			return NULL;
		m->instants = p;
		m->room = room;
	}
	return &m->instants[m->nr_instants++];
}

static uint64_t rss_bytes(const struct maker *m)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(m->state.rss_pages,
				   reader_header(m->reader)->page_size, &bytes))
		return 0;
	return bytes;
}

/* Is the instant to be made the one that was made last? */
static bool is_same(const struct maker *m, uint64_t time_ns)
{
	return m->nr_instants > 0 &&
	       m->instants[m->nr_instants - 1].time_ns == time_ns &&
	       m->changes == m->state.recorded + m->state.frees;
}

static int emit_new(struct maker *m, uint64_t time_ns)
{
	struct hpc_instant *i = add_instant(m);
	const struct hpc_usage *usage;
	size_t n;

	if (!i)
		return -ENOMEM;
	i->time_ns = time_ns;
	i->kinds = 0;
	i->live = snapshot_live(&m->state);
	i->max_live = m->state.max_live;
	i->allocated = m->state.allocated;
	i->freed = m->state.freed;
	if (snapshot_take(&m->state, m->header.precision, &usage, &n))
		return -ENOMEM;
	put_usage(&m->bytes, usage, n);
	i->offset = m->output->offset;
	i->length = m->bytes.n;
	i->crc = block_crc32c(0, m->bytes.p, m->bytes.n);
	output_write(m->output, m->bytes.p, m->bytes.n);
	m->changes = m->state.recorded + m->state.frees;
	if (m->bytes.failed)
		return -ENOMEM;
	return m->output->error;
}

static int emit(struct maker *m, enum digest_kind kind, uint64_t time_ns)
{
	int error = is_same(m, time_ns) ? 0 : emit_new(m, time_ns);

	if (error)
		return error;
	m->instants[m->nr_instants - 1].kinds |= kind;
	m->instants[m->nr_instants - 1].rss = rss_bytes(m);
	if (kind == DIGEST_PEAK) {
		m->peak = m->nr_instants - 1;
		snapshot_keep_peak(&m->state);
	}
	return 0;
}

static void set_due(struct maker *m)
{
	uint64_t stop = stop_ns(m);

	m->due_ns = m->boundary_ns;
	/* It comes after the events of its own time. */
	if (stop < m->due_ns)
		m->due_ns = stop + 1;
}

/* Makes the instants that come before an event at @time_ns. */
static int catch_up(struct maker *m, uint64_t time_ns)
{
	int error = 0;

	while (error == 0 && m->due_ns <= time_ns) {
		uint64_t stop = stop_ns(m);

		if (m->boundary_ns <= stop) {
			error = emit(m, DIGEST_INTERVAL, m->boundary_ns);
			m->boundary_ns += m->interval_ns;
			if (m->boundary_ns >= m->end_ns)
				m->boundary_ns = UINT64_MAX;
		} else {
			error = emit(m, m->stops.of[m->stop].kind, stop);
			m->stop++;
		}
		set_due(m);
	}
	return error;
}

static int apply(struct maker *m, const struct reader_event *e)
{
	int error;

	if (unlikely(e->time_ns >= m->due_ns)) {
		error = catch_up(m, e->time_ns);
		if (error)
			return error;
	}
	error = snapshot_apply(&m->state, e);
	if (unlikely(error))
		return error;
	if (unlikely(++m->nr_events == m->plan.peak_event))
		return emit(m, DIGEST_PEAK, e->time_ns);
	return 0;
}

/* The second pass is not stopped if the first one was: it is as short. */
static bool wants_stop(const struct maker *m)
{
	return !m->plan.stopped && say_stop(m->listener);
}

static int read_log(struct maker *m)
{
	struct say_progress progress;
	const struct reader_event *events;
	uint64_t last_ns = 0;
	size_t n;
	int error;

	say_begin(&progress, m->listener, "digesting", "B",
		  reader_size(m->reader));
	while ((error = reader_next(m->reader, &events, &n)) == 0 && n > 0 &&
	       m->nr_events < m->plan.events) {
		n = MIN(n, m->plan.events - m->nr_events);
		for (size_t i = 0; i < n && error == 0; i++)
			error = apply(m, &events[i]);
		if (error)
			break;
		last_ns = events[n - 1].time_ns;
		say_at(&progress, reader_position(m->reader), m->nr_events);
		if (wants_stop(m) && m->nr_events < m->plan.events) {
			m->shortened = true;
			m->end_ns = last_ns;
			break;
		}
	}
	say_done(&progress);
	return error;
}

/* A digest that was cut short before the peak: the highest of what is there. */
static void choose_peak(struct maker *m)
{
	m->peak = 0;
	for (size_t i = 1; i < m->nr_instants; i++)
		if (m->instants[i].live.bytes > m->instants[m->peak].live.bytes)
			m->peak = i;
	m->instants[m->peak].kinds |= DIGEST_PEAK;
}

static int make_snapshots(struct maker *m)
{
	int error;

	reader_rewind(m->reader);
	m->boundary_ns = m->interval_ns < m->end_ns && !m->times
				 ? m->interval_ns
				 : UINT64_MAX;
	set_due(m);
	m->peak = SIZE_MAX;
	error = emit(m, DIGEST_START, 0);
	if (error == 0 && m->plan.peak_event == 0)
		error = emit(m, DIGEST_PEAK, 0);
	if (error == 0)
		error = read_log(m);
	/* Stops at the very end still count; none is later. */
	if (error == 0)
		error = catch_up(m, m->end_ns + 1);
	if (error == 0)
		error = emit(m, DIGEST_END, m->end_ns);
	if (error == 0 && m->peak == SIZE_MAX)
		choose_peak(m);
	return error;
}

static int make_tables(struct maker *m, uint64_t lost,
		       const struct heapprof_digest_options *options)
{
	struct frames_options frames_options;
	struct frames frames;
	struct tables tables = {
		.reader = m->reader,
		.state = &m->state,
		.frames = &frames,
		.instants = m->instants,
		.nr_instants = m->nr_instants,
		.peak = m->peak,
		.peak_rise = m->plan.peak_rise,
		.end_ns = m->end_ns,
		.interval_ns = m->interval_ns,
		.lost = lost,
		.shortened = m->shortened,
	};
	uint32_t nr = m->state.nr_traces - 1;
	uint32_t *nodes = malloc(MAX(nr, 1) * sizeof(*nodes));
	int error;

	if (!nodes)
		return -ENOMEM;
	for (uint32_t i = 0; i < nr; i++)
		nodes[i] = m->state.traces[i + 1].node;
	digest_options_symbols(options, m->listener, &frames_options);
	error = frames_init(&frames, reader_metadata(m->reader), nodes, nr,
			    &frames_options, m->listener);
	if (error == 0)
		error = tables_write(&tables, m->output);
	frames_fini(&frames);
	free(nodes);
	return error;
}

/* Everything between opening and closing. */
static int make(struct maker *m, const char *base, const char *path,
		const struct heapprof_digest_options *options, int *status)
{
	uint64_t lost;
	int error = plan_make(m->reader, m->listener, &m->plan);

	if (error)
		return error;
	m->shortened = m->plan.stopped;
	*status = reader_report(m->reader, !m->plan.stopped,
				m->plan.recorded + m->plan.frees, &lost);
	m->end_ns = find_end(m);
	error = digest_options_interval(options, m->end_ns, base, m->listener,
					&m->interval_ns);
	if (error == 0)
		error = stops_find(&m->stops, reader_header(m->reader),
				   reader_metadata(m->reader), m->times,
				   m->end_ns);
	/* The one that was asked for, if it is of this run. */
	if (m->times)
		m->plan.peak_event = UINT64_MAX;
	if (error == 0)
		error = output_open(m->output, path, m->listener);
	if (error)
		return error;
	output_write(m->output, &m->header, sizeof(m->header));
	snapshot_set_end(&m->state, m->end_ns);
	m->state.no_ages = !reader_has_ages(m->reader);
	error = make_snapshots(m);
	if (error == 0)
		error = make_tables(m, lost, options);
	if (error == 0)
		error = output_commit(m->output);
	output_close(m->output);
	return error;
}

static void set_header(struct maker *m,
		       const struct heapprof_digest_options *options)
{
	const struct reader_identity *id = reader_identity(m->reader);

	digest_options_header(options, &m->header);
	m->header.profile = id->profile;
	m->header.log_size = id->log_size;
	m->header.log_time_ns = id->log_time_ns;
	m->header.events = id->events;
	m->header.end_tick = id->end_tick;
	hpc_seal_header(&m->header);
}

/* What is worth saying once the digest is there. */
static int conclude(const struct maker *m, const char *path, int status)
{
	if (m->state.bad_nodes > 0) {
		say(m->listener, HEAPPROF_WARNING,
		    "%s: the stacks of %" PRIu64 " events are not in .hpm; "
		    "they are unknown",
		    reader_name(m->reader), m->state.bad_nodes);
		status = HEAPPROF_LOSSY;
	}
	if (m->shortened)
		say(m->listener, HEAPPROF_WARNING,
		    "%s: interrupted; it holds the first %.3f s", path,
		    (double)m->end_ns / SECOND);
	return status;
}

static int make_from(struct maker *m, const char *base,
		     const struct heapprof_digest_options *options)
{
	char *path = digest_options_output(options, base);
	int status = 0;
	int error = path ? snapshot_init(&m->state, reader_metadata(m->reader))
			 : -ENOMEM;

	if (error == 0) {
		set_header(m, options);
		error = make(m, base, path, options, &status);
	}
	if (error == -ENOMEM)
		say_error(m->listener, error, "%s: out of memory", base);
	if (error == 0)
		error = conclude(m, path, status);
	snapshot_fini(&m->state);
	stops_fini(&m->stops);
	free(m->instants);
	bytes_fini(&m->bytes);
	free(path);
	return error;
}

int digest_make(const char *base, const struct heapprof_digest_options *options,
		const struct heapprof_listener *listener)
{
	return digest_make_at(base, options, NULL, listener);
}

int digest_make_at(const char *base,
		   const struct heapprof_digest_options *options,
		   const struct digest_times *times,
		   const struct heapprof_listener *listener)
{
	struct maker *m = calloc(1, sizeof(*m));
	char *name = reader_base(base);
	int error = digest_options_check(options, listener);

	if (m && name && error == 0) {
		m->listener = listener;
		m->times = times;
		m->output = malloc(sizeof(*m->output));
		error = m->output ? reader_open(name, listener, &m->reader)
				  : -ENOMEM;
		if (error == 0)
			error = reader_set_v1_scale(
				m->reader, digest_options_v1_scale(options));
		if (error == 0)
			error = make_from(m, name, options);
		reader_close(m->reader);
		free(m->output);
	}
	if (error == 0 && (!m || !name))
		error = say_error(listener, -ENOMEM, "%s: out of memory", base);
	free(name);
	free(m);
	return error;
}
