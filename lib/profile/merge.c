/* SPDX-License-Identifier: MIT */

/*
 * In this order: what each log says of its end; the times of snapshots; the
 * peak, from the logs; a digest of each process with snapshots at these times,
 * in a temporary file that has no name any more; the tables.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest_file.h"
#include "digest_options.h"
#include "known.h"
#include "merge.h"
#include "merge_state.h"
#include "reader.h"
#include "say.h"

static int take_marks(struct merge_part *p, const struct reader *r)
{
	const struct metadata *meta = reader_metadata(r);

	p->marks = calloc(meta->nr_marks + 1, sizeof(*p->marks));
	if (!p->marks)
		return -ENOMEM;
	p->nr_marks = meta->nr_marks;
	for (size_t i = 0; i < p->nr_marks; i++) {
		p->marks[i] = p->start_ns +
			      reader_ns(reader_header(r), meta->marks[i].tick);
		p->last_ns = MAX(p->last_ns, p->marks[i]);
	}
	return 0;
}

/* Reads a log for its marks and the time of its last event. */
static int scan(struct merge_part *p, const struct heapprof_listener *listener)
{
	const struct reader_event *events;
	struct reader *r;
	size_t n;
	int error = reader_open(p->member->base, listener, &r);

	if (error)
		return error;
	while ((error = reader_next(r, &events, &n)) == 0 && n > 0) {
		p->last_ns = p->start_ns + events[n - 1].time_ns;
		if (say_stop(listener))
			error = -EINTR;
		if (error)
			break;
	}
	if (error == 0)
		error = take_marks(p, r);
	reader_close(r);
	return error;
}

static int find_part(struct merge *m, const struct family *f, size_t i,
		     const struct heapprof_listener *listener)
{
	const struct family_member *first = &f->members[0];
	struct merge_part *p = &m->parts[i];
	int error;

	p->member = &f->members[i];
	/* Nobody starts before the one that it comes from. */
	if (p->member->start_ns > first->start_ns)
		p->start_ns = p->member->start_ns - first->start_ns;
	p->last_ns = p->start_ns;
	error = scan(p, listener);
	if (p->member->end_ns > first->start_ns)
		p->last_ns =
			MAX(p->last_ns, p->member->end_ns - first->start_ns);
	p->end_ns = p->member->end_ns == 0 && family_runs(p->member)
			    ? UINT64_MAX
			    : p->last_ns;
	m->digest.duration_ns = MAX(m->digest.duration_ns, p->last_ns);
	return error;
}

static int compare_times(const void *a, const void *b)
{
	const struct merge_time *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static void add_time(struct merge *m, uint64_t ns, enum digest_kind kind)
{
	m->times[m->nr_times++] = (struct merge_time){.ns = ns, .kinds = kind};
}

/* Those at an interval, at marks, and at the end. */
static int choose_times(struct merge *m)
{
	uint64_t end_ns = m->digest.duration_ns;
	uint64_t interval_ns = m->digest.interval_ns;
	size_t nr = end_ns / interval_ns + 2, kept = 0;

	for (size_t i = 0; i < m->nr_parts; i++)
		nr += m->parts[i].nr_marks;
	/* And room for the peak. */
	m->times = calloc(nr + 1, sizeof(*m->times));
	if (!m->times)
		return -ENOMEM;
	for (uint64_t ns = interval_ns; ns < end_ns; ns += interval_ns)
		add_time(m, ns, DIGEST_INTERVAL);
	for (size_t i = 0; i < m->nr_parts; i++)
		for (size_t k = 0; k < m->parts[i].nr_marks; k++)
			add_time(m, m->parts[i].marks[k], DIGEST_MARK);
	add_time(m, end_ns, DIGEST_END);
	qsort(m->times, m->nr_times, sizeof(*m->times), compare_times);
	for (size_t i = 1; i < m->nr_times; i++)
		if (m->times[i].ns == m->times[kept].ns)
			m->times[kept].kinds |= m->times[i].kinds;
		else
			m->times[++kept] = m->times[i];
	m->nr_times = kept + 1;
	return 0;
}

/* Gives the times their largest sums, and the peak a time of its own. */
static void take_totals(struct merge *m, const struct totals *t)
{
	struct merge_time *at = m->times;
	size_t left = m->nr_times;

	for (size_t i = 0; i < m->nr_times; i++)
		m->times[i].max = t->max[i];
	m->digest.peak_rise = (double)t->peak_rise / HPC_BYTE;
	/* Otherwise it is the start. */
	if (t->peak.bytes <= 0)
		return;
	for (; left > 1 && at->ns < t->peak_ns; left--)
		at++;
	m->digest.peak = (size_t)(at - m->times) + 1;
	if (at->ns != t->peak_ns) {
		memmove(at + 1, at, left * sizeof(*at));
		m->nr_times++;
		*at = (struct merge_time){.ns = t->peak_ns};
	}
	at->kinds |= DIGEST_PEAK;
	at->max = t->peak;
}

static int find_totals(struct merge *m,
		       const struct heapprof_listener *listener)
{
	struct totals_process *of = calloc(m->nr_parts, sizeof(*of));
	uint64_t *ns = calloc(m->nr_times, sizeof(*ns));
	struct totals totals = {0};
	int error = -ENOMEM;

	for (size_t i = 0; of && i < m->nr_parts; i++)
		of[i] = (struct totals_process){
			.base = m->parts[i].member->base,
			.start_ns = m->parts[i].start_ns,
			.end_ns = m->parts[i].end_ns};
	for (size_t i = 0; ns && i < m->nr_times; i++)
		ns[i] = m->times[i].ns;
	if (of && ns)
		error = totals_find(&totals, of, m->nr_parts, ns, m->nr_times,
				    listener);
	for (size_t i = 0; error == 0 && i < m->nr_parts; i++)
		m->parts[i].most = of[i].most;
	if (error == 0)
		take_totals(m, &totals);
	totals_fini(&totals);
	free(of);
	free(ns);
	return error;
}

/* What runs on is after its last event as it was then. */
static uint64_t own_time(const struct merge_part *p, uint64_t ns)
{
	return MIN(ns, p->last_ns) - p->start_ns;
}

/* The times at which @p is there, on its own axis. */
static size_t choose_own_times(const struct merge *m,
			       const struct merge_part *p, uint64_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nr_times; i++)
		if (merge_is_there(p, m->times[i].ns))
			out[n++] = own_time(p, m->times[i].ns);
	return n;
}

static uint64_t own_peak(const struct merge *m, const struct merge_part *p)
{
	size_t peak = m->digest.peak;

	if (peak == 0 || !merge_is_there(p, m->times[peak - 1].ns))
		return UINT64_MAX;
	return own_time(p, m->times[peak - 1].ns);
}

/* A file that is gone once it is closed. */
static int make_file(char **path, const struct heapprof_listener *listener)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	if (asprintf(path, "%s/heapprof-XXXXXX",
		     folder && *folder ? folder : "/tmp") < 0) {
		*path = NULL;
		return -ENOMEM;
	}
	fd = mkstemp(*path);
	if (fd < 0)
		return say_error(listener, -errno, "%s: %s; set TMPDIR", *path,
				 strerror(errno));
	close(fd);
	return 0;
}

/* HEAPPROF_LOSSY, 0 or -errno. */
static int digest_part(struct merge *m, struct merge_part *p,
		       struct known *known,
		       const struct heapprof_digest_options *wanted,
		       const struct heapprof_listener *listener)
{
	struct heapprof_digest_options options = *wanted;
	uint64_t *ns = calloc(m->nr_times, sizeof(*ns));
	struct digest_times times = {
		.ns = ns, .peak_ns = own_peak(m, p), .known = known};
	char *path = NULL;
	int status, error = ns ? make_file(&path, listener) : -ENOMEM;

	if (error == 0) {
		times.nr = choose_own_times(m, p, ns);
		options.output = path;
		options.interval_s = 0;
		status = digest_make_at(p->member->base, &options, &times,
					listener);
		error = status < 0 ? status : 0;
		if (error == 0)
			error = digest_open(path, &p->digest, listener);
		if (error == 0)
			error = digest_spreads(p->digest);
		unlink(path);
		error = error ? error : status;
	}
	free(path);
	free(ns);
	return error;
}

static int digest_parts(struct merge *m,
			const struct heapprof_digest_options *options,
			const struct heapprof_listener *listener)
{
	struct known known = {0};
	int status = 0;

	for (size_t i = 0; i < m->nr_parts && status >= 0; i++) {
		int error =
			digest_part(m, &m->parts[i], &known, options, listener);

		status = error < 0 ? error : MAX(status, error);
	}
	known_fini(&known);
	return status;
}

static int make(struct merge *m, const struct family *f,
		const struct heapprof_digest_options *options,
		const struct heapprof_listener *listener)
{
	int status, error = 0;

	m->parts = calloc(f->nr, sizeof(*m->parts));
	if (!m->parts)
		return -ENOMEM;
	m->nr_parts = f->nr;
	for (size_t i = 0; i < f->nr && error == 0; i++)
		error = find_part(m, f, i, listener);
	if (error == 0)
		error = digest_options_interval(options, m->digest.duration_ns,
						f->members[0].base, listener,
						&m->digest.interval_ns);
	if (error == 0)
		error = choose_times(m);
	if (error == 0)
		error = find_totals(m, listener);
	status = error ? error : digest_parts(m, options, listener);
	if (status >= 0)
		error = merge_tables_make(m);
	return error ? error : status;
}

int merge_open(const struct family *f,
	       const struct heapprof_digest_options *options,
	       const struct heapprof_listener *listener, struct digest **out)
{
	struct merge *m = calloc(1, sizeof(*m));
	int error = m ? make(m, f, options, listener) : -ENOMEM;

	if (error == -ENOMEM)
		say_error(listener, error, "%s: out of memory",
			  f->members[0].base);
	if (error < 0) {
		merge_close(m);
		return error;
	}
	m->digest.merge = m;
	*out = &m->digest;
	return error;
}

void merge_close(struct merge *m)
{
	for (size_t i = 0; m && m->parts && i < m->nr_parts; i++) {
		digest_close(m->parts[i].digest);
		free(m->parts[i].marks);
	}
	if (!m)
		return;
	free(m->parts);
	free(m->times);
	free(m->frames);
	free(m->traces);
	free(m->runs);
	free(m->spreads);
	free(m->lists);
	free(m->threads);
	free(m->modules);
	free(m->marks);
	free(m->instants);
	free(m->processes);
	free(m);
}
