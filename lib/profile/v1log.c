/* SPDX-License-Identifier: MIT */

/*
 * Follows the way that v1scan.c found.  The first pass also gathers what is
 * worth saying.
 *
 * The clock of the log is that of the day and may be set back.  Events then
 * stay at the latest time there was, until the clock has passed it again.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/v1.h"

#include "say.h"
#include "v1file.h"
#include "v1log.h"
#include "v1meta.h"
#include "v1rate.h"
#include "v1scan.h"
#include "weight.h"

#define BATCH 256u
#define THREAD 1 /* the only one */

struct v1log {
	const struct heapprof_listener *listener;
	struct metadata *metadata;
	struct v1meta meta;
	struct v1file file;
	struct v1scan scan;
	struct reader_damage damage;
	uint64_t nr_large; /* events of blocks of 2 GiB or more */
	uint64_t first_large;

	uint64_t at;
	size_t gap; /* the next one */
	int64_t clock_ns;
	int64_t now_ns; /* the latest that the clock was */
	struct reader_block blocks[BATCH];
	struct weight_cache weights;

	bool verified; /* a pass is through, and these are complete */
	struct v1rate rate;
	uint64_t steps_back; /* of the clock */
	int64_t back_ns;     /* how far it was behind at most */
	uint64_t unknown;    /* allocations without a stack */
};

int v1log_parse_scale(const char *name, enum v1log_scale *out)
{
	static const char *const names[] = {
		[V1LOG_DECLARED] = "declared",
		[V1LOG_LINUX] = "linux",
		[V1LOG_DOUBLE] = "double",
	};

	*out = V1LOG_DECLARED;
	if (!name)
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		*out = (enum v1log_scale)i;
		if (strcmp(name, names[i]) == 0)
			return 0;
	}
	return -EINVAL;
}

static void sum_gaps(struct v1log *v)
{
	for (size_t i = 0; i < v->scan.nr_gaps; i++) {
		const struct v1gap *g = &v->scan.gaps[i];

		if (g->large && v->nr_large++ == 0)
			v->first_large = g->start;
		if (!g->large && v->damage.blocks++ == 0)
			v->damage.first = g->start;
		v->damage.bytes += g->end - g->start;
	}
	v->damage.cut = v->scan.cut;
}

static int check_pair(struct v1log *v)
{
	static const uint8_t version2[4] = {'H', 'P', 'B', '2'};
	struct cursor c = v1file_look(&v->file, 0, sizeof(version2));

	if (c.end - c.p >= (ptrdiff_t)sizeof(version2) &&
	    memcmp(c.p, version2, sizeof(version2)) == 0)
		return say_error(v->listener, -EBADMSG,
				 "%s: of another profile than %s; one of them "
				 "was replaced",
				 v->file.path, v->meta.path);
	return 0;
}

/* The log before the metadata, which then have all that it refers to. */
static int open_files(struct v1log *v, const char *base)
{
	int error = v1file_open(&v->file, base, "hpd", v->listener);

	if (error == 0)
		error = v1meta_load(&v->meta, v->metadata, base, v->listener);
	if (error == 0)
		error = check_pair(v);
	if (error)
		return error;
	error = v1scan_run(&v->scan, &v->file, v->meta.nr_traces, v->listener);
	if (error)
		say_error(v->listener, error, "%s: out of memory",
			  v->file.path);
	return error;
}

int v1log_open(const char *base, struct metadata *m,
	       const struct heapprof_listener *listener, struct v1log **out)
{
	struct v1log *v = calloc(1, sizeof(*v));
	int error;

	memset(m, 0, sizeof(*m));
	if (!v)
		return say_error(listener, -ENOMEM, "%s: out of memory", base);
	v->listener = listener;
	v->metadata = m;
	v->file.fd = -1;
	error = open_files(v, base);
	if (error) {
		v1log_close(v);
		return error;
	}
	sum_gaps(v);
	v1rate_init(&v->rate, &v->meta.header);
	*out = v;
	return 0;
}

void v1log_close(struct v1log *v)
{
	if (!v)
		return;
	v1scan_fini(&v->scan);
	v1meta_fini(&v->meta);
	v1file_close(&v->file);
	free(v);
}

void v1log_set_scale(struct v1log *v, enum v1log_scale scale)
{
	struct hpm_header *h = &v->meta.header;

	if (scale == V1LOG_LINUX)
		h->nr_ranges = 0;
	for (unsigned i = 0; i < h->nr_ranges && scale == V1LOG_DOUBLE; i++)
		h->range[i].probability = MIN(2 * h->range[i].probability, 1);
	v1rate_init(&v->rate, h);
	memset(&v->weights, 0, sizeof(v->weights));
}

void v1log_rewind(struct v1log *v)
{
	/* A pass that was left early has not seen everything. */
	if (!v->verified) {
		v1rate_init(&v->rate, &v->meta.header);
		v->steps_back = 0;
		v->back_ns = 0;
		v->unknown = 0;
	}
	v->at = 0;
	v->gap = 0;
	v->clock_ns = 0;
	v->now_ns = 0;
}

static void advance_clock(struct v1log *v, int64_t delta_ns)
{
	if (__builtin_add_overflow(v->clock_ns, delta_ns, &v->clock_ns))
		v->clock_ns = delta_ns < 0 ? INT64_MIN : INT64_MAX;
	v->clock_ns = MIN(v->clock_ns, (int64_t)READER_TIME_MAX);
	v->clock_ns = MAX(v->clock_ns, 1 - (int64_t)READER_TIME_MAX);
	v->now_ns = MAX(v->now_ns, v->clock_ns);
	if (delta_ns >= 0 || v->verified)
		return;
	v->steps_back++;
	v->back_ns = MAX(v->back_ns, v->now_ns - v->clock_ns);
	v1rate_break(&v->rate);
}

/* Decodes the event at `at`; false: there is none. */
static bool decode(struct v1log *v, struct v1_event *e)
{
	struct cursor c = v1file_look(&v->file, v->at, V1_EVENT_MAX);
	const uint8_t *start = c.p;

	/* The scan found it whole, but the file may have been cut since. */
	if (v1_get_event(&c, e) != FORMAT_OK)
		return false;
	advance_clock(v, e->delta_ns);
	v->at += (uint64_t)(c.p - start);
	return true;
}

/* Time goes on in an event even if nothing else of it is known. */
static void skip_gap(struct v1log *v)
{
	const struct v1gap *g = &v->scan.gaps[v->gap++];
	struct v1_event e;

	if (g->large)
		decode(v, &e);
	v->at = g->end;
	if (!v->verified)
		v1rate_break(&v->rate);
}

static uint32_t node_of(const struct v1log *v, uint32_t trace)
{
	/* No node has this number, which the digest then counts. */
	return trace <= v->meta.nr_traces ? v->meta.nodes[trace] : UINT32_MAX;
}

static void look(struct v1log *v, const struct v1_event *e)
{
	if (e->is_free)
		return;
	v->unknown += node_of(v, e->trace) == 0;
	v1rate_add(&v->rate, &v->meta.header, e->size, v->clock_ns);
}

static void fill(struct v1log *v, const struct v1_event *e,
		 struct reader_event *out, struct reader_block *block)
{
	block->is = (struct hpd_block){.size = e->size,
				       .trace = node_of(v, e->trace),
				       .thread = THREAD};
	block->weight = *weight_find(&v->weights, &v->meta.header, e->size);
	block->in.tally = 0;
	*out = (struct reader_event){
		.time_ns = (uint64_t)v->now_ns,
		.block = block,
		.thread = THREAD,
		.kind = e->is_free ? HPD_FREE : HPD_ALLOC,
	};
}

static void conclude(struct v1log *v)
{
	v->verified = true;
	v->metadata->state.lost[HPM_LOST_STACKS] = v->unknown;
}

int v1log_next(struct v1log *v, struct reader_event *out, size_t max, size_t *n)
{
	struct v1_event e;

	*n = 0;
	while (*n < MIN(max, BATCH)) {
		while (v->gap < v->scan.nr_gaps &&
		       v->at == v->scan.gaps[v->gap].start)
			skip_gap(v);
		if (v->at >= v->scan.end || !decode(v, &e))
			break;
		if (!v->verified)
			look(v, &e);
		fill(v, &e, &out[*n], &v->blocks[*n]);
		++*n;
	}
	if (*n == 0 && !v->verified)
		conclude(v);
	return 0;
}

uint64_t v1log_position(const struct v1log *v)
{
	return v->at;
}

uint64_t v1log_size(const struct v1log *v)
{
	return v->file.size;
}

const struct reader_damage *v1log_damage(const struct v1log *v)
{
	return &v->damage;
}

const char *v1log_name(const struct v1log *v)
{
	return v->file.path;
}

const struct hpm_header *v1log_header(const struct v1log *v)
{
	return &v->meta.header;
}

/* Both files only ever grow, so their sizes tell what is in them. */
static void set_identity(const struct v1meta *meta, uint64_t log_size,
			 struct reader_identity *id)
{
	*id = (struct reader_identity){.profile = meta->profile,
				       .log_size = log_size,
				       .events = meta->size};
}

void v1log_identity(const struct v1log *v, struct reader_identity *id)
{
	set_identity(&v->meta, v->file.size, id);
}

int v1log_identify(const char *base, struct reader_identity *id)
{
	struct v1meta meta;
	struct v1file file;
	int error = v1file_open(&file, base, "hpd", NULL);

	if (error)
		return error;
	error = v1meta_peek(&meta, base, NULL);
	if (error == 0)
		set_identity(&meta, file.size, id);
	v1meta_fini(&meta);
	v1file_close(&file);
	return error;
}

static int report_damage(const struct v1log *v)
{
	const struct reader_damage *d = &v->damage;

	if (v->meta.damage > 0)
		say(v->listener, HEAPPROF_WARNING,
		    "%s: damaged at offset %" PRIu64 "; stacks from number "
		    "%" PRIu32 " on are unknown",
		    v->meta.path, v->meta.damage, v->meta.nr_traces + 1);
	if (v->file.error)
		say(v->listener, HEAPPROF_WARNING, "%s: %s; read what could be",
		    v->file.path, strerror(v->file.error));
	if (d->blocks > 0)
		say(v->listener, HEAPPROF_WARNING,
		    "%s: damaged in %" PRIu64 " places, the first at offset "
		    "%" PRIu64 "; skipped %" PRIu64 " bytes in all",
		    v->file.path, d->blocks, d->first, d->bytes);
	if (v->nr_large > 0)
		say(v->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " events of blocks of 2 GiB or more, the "
		    "first at offset %" PRIu64 "; their sizes were not written,"
		    " and they are left out",
		    v->file.path, v->nr_large, v->first_large);
	if (d->cut)
		say(v->listener, HEAPPROF_WARNING,
		    "%s: cut at offset %" PRIu64 "; read up to there",
		    v->file.path, v->file.size);
	return v->meta.damage > 0 || v->file.error || d->bytes > 0 || d->cut
		       ? HEAPPROF_LOSSY
		       : 0;
}

static void warn_of_rate(const struct v1log *v)
{
	const struct v1rate *r = &v->rate;
	const struct hpm_range *range = &v->meta.header.range[r->in];

	if (!r->found)
		return;
	say(v->listener, HEAPPROF_WARNING,
	    "%s: %" PRIu64 " allocations below %" PRIu64 " bytes were recorded,"
	    " %d of them within %.3g ms, which is impossible with a "
	    "probability of %.3g; heapprof 1.0 recorded every allocation on "
	    "Linux: use --v1-scale=linux",
	    v->file.path, r->range[r->in].recorded, range->below,
	    V1RATE_RUN + 1, (double)r->span_ns / 1e6, range->probability);
}

int v1log_report(const struct v1log *v, uint64_t *lost)
{
	int status = report_damage(v);

	/* A damaged place hides one event at least. */
	*lost = v->damage.blocks + v->nr_large + v->damage.cut;
	if (v->steps_back > 0)
		say(v->listener, HEAPPROF_NOTE,
		    "%s: the clock was set back %" PRIu64 " times, by %.6g s "
		    "at most; time stands still until it has caught up",
		    v->file.path, v->steps_back, (double)v->back_ns / 1e9);
	warn_of_rate(v);
	return status;
}
