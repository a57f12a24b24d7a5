/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "profile/digest.h"
#include "profile/say.h"
#include "query/weigh.h"
#include "read.h"

struct heapprof_sum read_sum(const struct sum *s)
{
	return (struct heapprof_sum){s->bytes, s->count, s->bytes_var,
				     s->count_var};
}

static struct sum unread_sum(const struct heapprof_sum *s)
{
	return (struct sum){s->bytes, s->count, s->bytes_variance,
			    s->count_variance};
}

struct heapprof_estimate heapprof_sum_bytes(const struct heapprof_sum *sum)
{
	struct sum s = unread_sum(sum);
	struct estimate e = weigh_bytes(&s);

	return (struct heapprof_estimate){e.value, e.error};
}

struct heapprof_estimate heapprof_sum_count(const struct heapprof_sum *sum)
{
	struct sum s = unread_sum(sum);
	struct estimate e = weigh_count(&s);

	return (struct heapprof_estimate){e.value, e.error};
}

static const struct digest *digest_of(const struct heapprof_reader *r)
{
	return r->source.digest;
}

static double seconds(uint64_t ns)
{
	return (double)ns * 1e-9;
}

static enum heapprof_end end_of(const struct digest *d)
{
	switch (d->end) {
	case HPM_EXIT:
		return HEAPPROF_EXITED;
	case HPM_STOPPED:
		return HEAPPROF_STOPPED;
	case HPM_NO_SPACE:
		return HEAPPROF_NO_SPACE;
	case HPM_SIZE_LIMIT:
		return HEAPPROF_SIZE_LIMIT;
	case HPM_REPLACED:
		return HEAPPROF_REPLACED;
	default:
		return HEAPPROF_RUNNING;
	}
}

static void fill_metadata(struct heapprof_reader *r)
{
	const struct digest *d = digest_of(r);

	r->metadata = (struct heapprof_metadata){
		.argv = d->argv,
		.program = d->program,
		.directory = d->directory,
		.host = d->host,
		.pid = d->pid,
		.parent_pid = d->parent_pid,
		.depth = d->depth,
		.sample_bytes = d->sample_bytes,
		.precision = d->precision,
		.end = end_of(d),
		.seen = d->seen,
		.seen_bytes = d->seen_bytes,
		.recorded = d->recorded,
		.freed = d->frees,
		.lost = d->lost_events,
		.unknown_stacks = d->unknown_stacks,
		.cut_stacks = d->cut_stacks,
		.damaged_bytes = d->damaged_bytes,
		.marks = r->marks,
		.nr_marks = d->nr_marks,
	};
}

/* What the digest has in another form. */
static int translate(struct heapprof_reader *r)
{
	const struct digest *d = digest_of(r);

	r->marks = calloc(d->nr_marks + 1, sizeof(*r->marks));
	r->rates = calloc(d->nr_ranges + 1, sizeof(*r->rates));
	if (!r->marks || !r->rates)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_marks; i++)
		r->marks[i] = (struct heapprof_instant){
			seconds(d->marks[i].time_ns), d->marks[i].label};
	for (size_t i = 0; i < d->nr_ranges; i++)
		r->rates[i] = (struct heapprof_rate){d->ranges[i].below,
						     d->ranges[i].probability};
	r->nr_rates = d->nr_ranges;
	fill_metadata(r);
	return 0;
}

static int open_reader(struct heapprof_reader *r, const char *filebase,
		       double interval_s, double precision)
{
	const struct heapprof_digest_options wanted = {
		.interval_s = interval_s,
		.precision = precision,
	};
	int lossy, err;

	r->name = strdup(filebase);
	if (!r->name)
		return -ENOMEM;
	lossy = source_open(&r->source, filebase, &wanted, r->listener);
	if (lossy < 0)
		return lossy;
	err = translate(r);
	return err ? err
		   : source_losses(&r->source, filebase, r->listener) | lossy;
}

int heapprof_read(const char *filebase, double interval_s, double precision,
		  const struct heapprof_listener *listener,
		  struct heapprof_reader **reader)
{
	struct heapprof_reader *r = calloc(1, sizeof(*r));
	int err = r ? 0 : -ENOMEM;

	*reader = NULL;
	if (r) {
		r->listener = listener;
		err = open_reader(r, filebase, interval_s, precision);
	}
	if (err < 0)
		heapprof_close(r);
	else
		*reader = r;
	return err;
}

void heapprof_close(struct heapprof_reader *r)
{
	if (!r)
		return;
	source_close(&r->source);
	free(r->name);
	free(r->marks);
	free(r->rates);
	free(r);
}

void heapprof_free(void *array)
{
	free(array);
}

double heapprof_initial_time(const struct heapprof_reader *r)
{
	return seconds(digest_of(r)->start_realtime_ns);
}

double heapprof_final_time(const struct heapprof_reader *r)
{
	return seconds(digest_of(r)->start_realtime_ns +
		       digest_of(r)->duration_ns);
}

double heapprof_elapsed_time(const struct heapprof_reader *r)
{
	return seconds(digest_of(r)->duration_ns);
}

size_t heapprof_sampling_rates(const struct heapprof_reader *r,
			       const struct heapprof_rate **rates)
{
	*rates = r->rates;
	return r->nr_rates;
}

const struct heapprof_metadata *
heapprof_get_metadata(const struct heapprof_reader *r)
{
	return &r->metadata;
}

double heapprof_snapshot_interval(const struct heapprof_reader *r)
{
	return seconds(digest_of(r)->interval_ns);
}

size_t heapprof_nr_snapshots(const struct heapprof_reader *r)
{
	return digest_of(r)->nr_instants;
}

double heapprof_snapshot_time(const struct heapprof_reader *r, size_t snapshot)
{
	const struct digest *d = digest_of(r);

	return snapshot < d->nr_instants
		       ? seconds(d->instants[snapshot].time_ns)
		       : NAN;
}

/* A time that a snapshot gave finds that snapshot, or one at its time. */
size_t heapprof_snapshot_at(const struct heapprof_reader *r, double time_s)
{
	double ns = round(time_s * 1e9);

	if (!(ns > 0))
		ns = 0;
	return digest_at(digest_of(r), ns < 0x1p63 ? (uint64_t)ns : INT64_MAX);
}

size_t heapprof_snapshot_peak(const struct heapprof_reader *r)
{
	return digest_of(r)->peak;
}

int read_check_snapshot(const struct heapprof_reader *r, size_t snapshot)
{
	size_t nr = digest_of(r)->nr_instants;

	if (snapshot < nr)
		return 0;
	return say_error(r->listener, -EINVAL,
			 "%s: there is no snapshot %zu; there are %zu, from 0",
			 r->name, snapshot, nr);
}

int heapprof_snapshot_total(const struct heapprof_reader *r, size_t snapshot,
			    struct heapprof_sum *total)
{
	int err = read_check_snapshot(r, snapshot);

	if (!err)
		*total = read_sum(&digest_of(r)->instants[snapshot].live);
	return err;
}

int heapprof_snapshot_usage(const struct heapprof_reader *r, size_t snapshot,
			    struct heapprof_usage **usage, size_t *nr)
{
	struct digest_usage *from;
	size_t n;
	int err = read_check_snapshot(r, snapshot);

	if (!err)
		err = digest_snapshot(digest_of(r), snapshot, &from, &n);
	if (err)
		return err;
	*usage = calloc(n + 1, sizeof(**usage));
	for (size_t i = 0; *usage && i < n; i++)
		(*usage)[i] = (struct heapprof_usage){
			from[i].trace,
			read_sum(&from[i].live),
			read_sum(&from[i].allocated),
			read_sum(&from[i].freed),
		};
	*nr = *usage ? n : 0;
	free(from);
	return *usage ? 0 : -ENOMEM;
}

size_t heapprof_nr_traces(const struct heapprof_reader *r)
{
	return digest_of(r)->nr_traces;
}

int heapprof_trace(const struct heapprof_reader *r, uint32_t trace,
		   struct heapprof_frame **frames, size_t *nr)
{
	const struct digest *d = digest_of(r);
	const struct digest_trace *t;

	if (trace >= d->nr_traces)
		return say_error(r->listener, -EINVAL,
				 "%s: there is no trace %u; there are %zu, "
				 "from 0",
				 r->name, trace, d->nr_traces);
	t = &d->traces[trace];
	*frames = calloc(t->nr_frames + 1, sizeof(**frames));
	if (!*frames)
		return -ENOMEM;
	*nr = t->nr_frames;
	for (uint32_t i = 0; i < t->nr_frames; i++) {
		const struct digest_frame *f = &d->frames[t->frames[i]];

		(*frames)[i] = (struct heapprof_frame){
			f->function, f->file,	 f->module, f->offset,
			f->line,     f->inlined, f->cut,
		};
	}
	return 0;
}

int read_ask(const struct heapprof_reader *r, const char *metric,
	     const char *by, struct arena *arena, struct query *q)
{
	const struct heapprof_report_options o = {
		.view = "tree",
		.metric = metric,
		.by = by,
	};
	int err = query_ask(q, &o, SHAPE_ANY, r->listener);

	return err ? err : query_bind(q, digest_of(r), arena, r->listener);
}
