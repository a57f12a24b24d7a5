/* SPDX-License-Identifier: MIT */

/*
 * Makes a digest in two passes over the log.  The first finds the peak and the
 * end (plan.h).  The second tallies the events between each two instants, joins
 * the tallies, and at each instant writes a snapshot; only what belongs to
 * traces, threads and instants stays in memory.
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "digest_options.h"
#include "instants.h"
#include "jobs.h"
#include "output.h"
#include "pass.h"
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
	unsigned jobs;
	struct plan plan;
	struct snapshot state;
	const struct digest_times *times; /* or NULL */
	struct stops stops;
	struct timetable timetable;
	struct instants instants;
	uint64_t interval_ns;
	uint64_t end_ns; /* of the digest */
	bool shortened;
	uint64_t last_ns; /* of events that were joined */

	struct tally *spare;  /* tallies that are not in use */
	pthread_mutex_t lock; /* of these */
};

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

/* What a thread of the second pass works with. */
struct worker {
	struct maker *m;
	struct tallier *tallier;
	struct tally *tally; /* NULL: none was begun */
	struct pass_line *line;
	uint64_t due_ns; /* the tally ends before events from there on */
};

static void *open_worker(void *arg)
{
	struct maker *m = arg;
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->m = m;
	w->tallier = tallier_new(&m->state.rules);
	if (w->tallier)
		return w;
	free(w);
	return NULL;
}

static void keep_tally(struct maker *m, struct tally *t)
{
	pthread_mutex_lock(&m->lock);
	t->next = m->spare;
	m->spare = t;
	pthread_mutex_unlock(&m->lock);
}

static void close_worker(void *worker)
{
	struct worker *w = worker;

	if (w->tally)
		keep_tally(w->m, w->tally);
	tallier_free(w->tallier);
	free(w);
}

static int begin_tally(struct worker *w, uint64_t time_ns)
{
	struct maker *m = w->m;

	pthread_mutex_lock(&m->lock);
	w->tally = m->spare;
	if (w->tally)
		m->spare = w->tally->next;
	pthread_mutex_unlock(&m->lock);
	if (!w->tally)
		w->tally = calloc(1, sizeof(*w->tally));
	if (!w->tally)
		return -ENOMEM;
	tally_start(w->tallier, w->tally);
	w->due_ns = instants_due(&m->timetable, time_ns);
	return 0;
}

static int give_tally(struct worker *w, bool at_peak)
{
	struct tally *t = w->tally;

	if (!t)
		return 0;
	w->tally = NULL;
	tally_end(t, at_peak);
	return pass_give(w->line, &t->item);
}

/* Of events in order, those before @due_ns. */
static size_t count_before(const struct reader_event *events, size_t n,
			   uint64_t due_ns)
{
	size_t i = 0;

	if (events[n - 1].time_ns < due_ns)
		return n;
	while (events[i].time_ns < due_ns)
		i++;
	return i;
}

/* A batch, @left events before the peak; 0: the peak is elsewhere. */
static int tally_batch(struct worker *w, const struct reader_event *events,
		       size_t n, uint64_t left)
{
	int error = 0;

	while (n > 0 && error == 0) {
		size_t part = n;

		if (w->tally && events[0].time_ns >= w->due_ns)
			error = give_tally(w, false);
		if (error == 0 && !w->tally)
			error = begin_tally(w, events[0].time_ns);
		if (error)
			break;
		part = count_before(events, n, w->due_ns);
		if (left > 0)
			part = MIN(part, left);
		error = tally_add(w->tallier, events, part);
		if (error == 0 && left > 0 && part == left)
			error = give_tally(w, true);
		left -= MIN(left, part);
		events += part;
		n -= part;
	}
	return error;
}

static int work(void *worker, struct reader_part *part, struct pass_line *line)
{
	struct worker *w = worker;
	const struct plan *plan = &w->m->plan;
	const struct reader_event *events;
	uint64_t left = 0;
	size_t n;
	int error;

	if (pass_number(line) == plan->peak_part)
		left = plan->peak_event;
	w->line = line;
	while ((error = reader_part_read(part, &events, &n)) == 0 && n > 0) {
		error = tally_batch(w, events, n, left);
		if (error)
			return error;
		left -= MIN(left, n);
	}
	return error ? error : give_tally(w, false);
}

static int take_tally(void *arg, struct pass_item *item)
{
	struct maker *m = arg;
	struct tally *t = (struct tally *)item;
	int error = instants_catch_up(&m->instants, t->first_ns);

	if (error == 0)
		error = snapshot_join(&m->state, t);
	if (error == 0 && t->at_peak)
		error = instants_make(&m->instants, DIGEST_PEAK, t->last_ns);
	m->last_ns = t->last_ns;
	keep_tally(m, t);
	return error;
}

static void drop_tally(void *arg, struct pass_item *item)
{
	keep_tally(arg, (struct tally *)item);
}

static void free_spare(struct maker *m)
{
	while (m->spare) {
		struct tally *t = m->spare;

		m->spare = t->next;
		tally_fini(t);
		free(t);
	}
}

/* The second pass is not stopped if the first one was: it is as short. */
static int tally_log(struct maker *m)
{
	struct pass_options options = {
		.reader = m->reader,
		.listener = m->listener,
		.jobs = m->jobs,
		.doing = "digesting",
		.nr_events = &m->state.events,
		.nr_parts = m->plan.nr_parts,
		.stoppable = !m->plan.stopped,
		.open = open_worker,
		.close = close_worker,
		.work = work,
		.take = take_tally,
		.drop = drop_tally,
		.arg = m,
	};
	uint64_t nr_parts;
	bool stopped;
	int error = pass_run(&options, &nr_parts, &stopped);

	if (stopped && nr_parts < m->plan.nr_parts) {
		m->shortened = true;
		m->end_ns = m->last_ns;
	}
	return error;
}

static int make_snapshots(struct maker *m)
{
	struct instants *i = &m->instants;
	int error;

	instants_init(i, &m->timetable, &m->state, m->output);
	i->precision = m->header.precision;
	i->page_size = reader_header(m->reader)->page_size;
	error = instants_make(i, DIGEST_START, 0);
	if (error == 0 && m->plan.peak_event == 0)
		error = instants_make(i, DIGEST_PEAK, 0);
	if (error == 0)
		error = tally_log(m);
	free_spare(m);
	/* Stops at the very end still count; none is later. */
	if (error == 0)
		error = instants_catch_up(i, m->end_ns + 1);
	if (error == 0)
		error = instants_make(i, DIGEST_END, m->end_ns);
	if (error == 0 && i->peak == SIZE_MAX)
		instants_choose_peak(i);
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
		.instants = m->instants.is,
		.nr_instants = m->instants.nr,
		.peak = m->instants.peak,
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
	frames_options.known = m->times ? m->times->known : NULL;
	error = frames_init(&frames, reader_metadata(m->reader), nodes, nr,
			    &frames_options, m->listener);
	if (error == 0)
		error = tables_write(&tables, m->output);
	frames_fini(&frames);
	free(nodes);
	return error;
}

static int set_timetable(struct maker *m, const char *base,
			 const struct heapprof_digest_options *options)
{
	int error;

	m->end_ns = find_end(m);
	error = digest_options_interval(options, m->end_ns, base, m->listener,
					&m->interval_ns);
	if (error == 0)
		error = stops_find(&m->stops, reader_header(m->reader),
				   reader_metadata(m->reader), m->times,
				   m->end_ns);
	m->timetable = (struct timetable){
		.interval_ns = m->times ? UINT64_MAX : m->interval_ns,
		.end_ns = m->end_ns,
		.stops = &m->stops,
	};
	/* The one that was asked for, if it is of this run. */
	if (m->times)
		m->plan.peak_event = UINT64_MAX;
	return error;
}

/* Between the two passes. */
static int prepare(struct maker *m, const char *base,
		   const struct heapprof_digest_options *options,
		   uint64_t *lost, int *status)
{
	struct tally_rules rules;
	int error;

	m->shortened = m->plan.stopped;
	*status = reader_report(m->reader, !m->plan.stopped,
				m->plan.recorded + m->plan.frees, lost);
	error = set_timetable(m, base, options);
	if (error)
		return error;
	tally_rules(&rules, reader_header(m->reader),
		    reader_metadata(m->reader), reader_has_ages(m->reader),
		    m->end_ns);
	return snapshot_init(&m->state, &rules);
}

/* Everything between opening and closing. */
static int make(struct maker *m, const char *base, const char *path,
		const struct heapprof_digest_options *options, int *status)
{
	uint64_t lost;
	int error = plan_make(m->reader, m->jobs, m->listener, &m->plan);

	if (error == 0)
		error = prepare(m, base, options, &lost, status);
	if (error == 0)
		error = output_open(m->output, path, options && options->output,
				    m->listener);
	if (error)
		return error;
	output_write(m->output, &m->header, sizeof(m->header));
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
	int error = -ENOMEM;

	pthread_mutex_init(&m->lock, NULL);
	m->jobs = jobs_number(options ? options->jobs : 0);
	if (path) {
		set_header(m, options);
		error = make(m, base, path, options, &status);
	}
	if (error == -ENOMEM)
		say_error(m->listener, error, "%s: out of memory", base);
	if (error == 0)
		error = conclude(m, path, status);
	snapshot_fini(&m->state);
	instants_fini(&m->instants);
	pthread_mutex_destroy(&m->lock);
	stops_fini(&m->stops);
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
