/* SPDX-License-Identifier: MIT */

/*
 * The two files of a profile as one thing: opens and checks both, gives the
 * events of the log, and says what was damaged or lost.
 *
 * Order matters for a program that still runs: the identity is taken first, so
 * that a digest is rather thought stale than fresh; then the extent of the log
 * is fixed; then the metadata are loaded, which by then have all that the log
 * refers to.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader_state.h"
#include "say.h"
#include "v1meta.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

char *reader_base(const char *name)
{
	size_t n = strlen(name);

	if (ends_with(name, ".hpm") || ends_with(name, ".hpd"))
		n -= 4;
	return strndup(name, n);
}

static bool exists(const char *base, const char *suffix)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s.%s", base, suffix);

	return n < (int)sizeof(path) && access(path, F_OK) == 0;
}

/* One of the files is not there: words for each case. */
static int check_presence(const char *base,
			  const struct heapprof_listener *listener)
{
	bool meta = exists(base, "hpm"), log = exists(base, "hpd");

	if (meta == log && !meta)
		return say_error(listener, -ENOENT,
				 "%s: no such profile; there is no %s.hpm",
				 base, base);
	if (!meta)
		return say_error(listener, -ENOENT,
				 "%s.hpd: its %s.hpm is missing; the log means "
				 "nothing without it",
				 base, base);
	if (!log)
		return say_error(listener, -ENOENT,
				 "%s.hpm: its log %s.hpd is missing", base,
				 base);
	return 0;
}

/*
 * @b is a base name.  What .hpm says of events and of their end is read before
 * the size of the log is taken: then the log has all of them.
 */
static int open_both(struct blocks *meta, struct blocks *log, const char *b,
		     const struct heapprof_listener *listener,
		     struct reader_identity *id)
{
	int error = blocks_open(meta, b, "hpm", listener);
	struct hpm_state state;

	if (error)
		return error;
	id->profile = meta->profile;
	id->events = metadata_count_events(meta, &state);
	id->end_tick = state.end_tick;
	error = blocks_open(log, b, "hpd", listener);
	if (error == 0 && meta->profile != log->profile) {
		error = say_error(listener, -EBADMSG,
				  "%s: of another profile than %s; one of them "
				  "was replaced",
				  log->path, meta->path);
		blocks_close(log);
	}
	if (error) {
		blocks_close(meta);
		return error;
	}
	id->log_size = log->size;
	id->log_time_ns = state.end == HPM_RUNNING ? log->mtime_ns : 0;
	return 0;
}

static int open_v1(struct reader *r, const char *base)
{
	int error = v1log_open(base, &r->metadata, r->listener, &r->v1);

	if (error == 0)
		v1log_identity(r->v1, &r->identity);
	return error;
}

static int open_base(struct reader *r, const char *base)
{
	int error = check_presence(base, r->listener);

	if (error)
		return error;
	if (v1meta_exists(base))
		return open_v1(r, base);
	error = open_both(&r->meta, &r->log, base, r->listener, &r->identity);
	if (error)
		return error;
	error = spans_open(&r->log, r->meta.header, &r->spans);
	if (error == 0)
		reader_rewind(r);
	if (error == 0)
		error = metadata_load(&r->metadata, &r->meta);
	if (error)
		say_error(r->listener, error, "%s: out of memory",
			  r->meta.path);
	/* It came to its end while we looked: the log is from before that. */
	if (r->identity.log_time_ns != 0) {
		r->metadata.state.end = HPM_RUNNING;
		r->metadata.state.end_tick = r->identity.end_tick;
	}
	return error;
}

int reader_open(const char *base, const struct heapprof_listener *listener,
		struct reader **out)
{
	struct reader *r = calloc(1, sizeof(*r));
	char *name = reader_base(base);
	int error;

	if (r && name) {
		r->listener = listener;
		r->meta.fd = r->log.fd = -1;
		pthread_mutex_init(&r->lock, NULL);
		error = open_base(r, name);
	} else {
		error = say_error(listener, -ENOMEM, "%s: out of memory", base);
	}
	free(name);
	if (error)
		reader_close(r);
	else
		*out = r;
	return error;
}

bool reader_has_ages(const struct reader *r)
{
	return !r->v1;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	reader_part_close(r->whole);
	spans_close(r->spans);
	v1log_close(r->v1);
	metadata_fini(&r->metadata);
	blocks_close(&r->log);
	blocks_close(&r->meta);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

const char *reader_name(const struct reader *r)
{
	return r->v1 ? v1log_name(r->v1) : r->log.path;
}

const struct hpm_header *reader_header(const struct reader *r)
{
	return r->v1 ? v1log_header(r->v1) : r->meta.header;
}

const struct metadata *reader_metadata(const struct reader *r)
{
	return &r->metadata;
}

const struct reader_identity *reader_identity(const struct reader *r)
{
	return &r->identity;
}

const struct reader_damage *reader_damage(const struct reader *r)
{
	return r->v1 ? v1log_damage(r->v1) : spans_damage_of(r->spans);
}

int reader_set_v1_scale(struct reader *r, const char *scale)
{
	enum v1log_scale value;
	int error = v1log_parse_scale(scale, &value);

	if (error == 0 && r->v1)
		v1log_set_scale(r->v1, value);
	return error;
}

int reader_identify(const char *base, struct reader_identity *out)
{
	struct blocks meta, log;
	char *name = reader_base(base);
	bool v1 = name && v1meta_exists(name);
	int error = -ENOMEM;

	if (name)
		error = v1 ? v1log_identify(name, out)
			   : open_both(&meta, &log, name, NULL, out);
	free(name);
	if (error || v1)
		return error;
	blocks_close(&meta);
	blocks_close(&log);
	return 0;
}

static int report_metadata(const struct reader *r)
{
	const struct metadata *m = &r->metadata;

	if (m->damaged_blocks > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " damaged blocks, the first at offset "
		    "%" PRIu64 "; skipped, some stacks or names are unknown",
		    r->meta.path, m->damaged_blocks, m->first_damage);
	if (m->deep_nodes > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: stacks of more than %u frames, which is damage; their "
		    "outer frames are left out",
		    r->meta.path, HPM_DEPTH_MAX);
	if (m->cut)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: cut at offset %" PRIu64 "; read up to there",
		    r->meta.path, r->meta.size);
	return m->damaged_blocks > 0 || m->deep_nodes > 0 || m->cut
		       ? HEAPPROF_LOSSY
		       : 0;
}

static int report_log(const struct reader *r)
{
	const struct reader_damage *d = spans_damage_of(r->spans);
	uint64_t missing = d->missing > d->blocks ? d->missing - d->blocks : 0;

	if (r->log.error)
		say(r->listener, HEAPPROF_WARNING, "%s: %s; read what could be",
		    r->log.path, strerror(r->log.error));
	if (d->blocks > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " damaged blocks, the first at offset "
		    "%" PRIu64 "; skipped %" PRIu64 " bytes",
		    r->log.path, d->blocks, d->first, d->bytes);
	if (missing > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " blocks are missing; read the others",
		    r->log.path, missing);
	if (d->cut)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: cut at offset %" PRIu64 "; read up to there",
		    r->log.path, r->log.size);
	return d->blocks > 0 || missing > 0 || d->cut || r->log.error
		       ? HEAPPROF_LOSSY
		       : 0;
}

/*
 * Events that the threads had counted before we looked at the log, and that
 * were not there.  A thread may have been caught between the two by the end of
 * the program.
 */
static uint64_t count_missing(const struct reader *r, uint64_t events)
{
	const struct metadata *m = &r->metadata;
	uint64_t counted = r->identity.events;

	if (m->state.end != HPM_EXIT && m->state.end != HPM_STOPPED)
		return 0;
	return counted > events + m->nr_threads ? counted - events : 0;
}

/* Events that were lost before the end. */
static uint64_t count_dropped(const struct hpm_state *state)
{
	return state->lost[HPM_LOST_NESTED] + state->lost[HPM_LOST_MEMORY] +
	       state->lost[HPM_LOST_REUSED] + state->lost[HPM_LOST_BLOCKED];
}

static void report_end(const struct reader *r)
{
	const struct hpm_state *state = &r->metadata.state;
	unsigned shift = r->meta.header->tick_shift;

	if (state->end == HPM_RUNNING)
		say(r->listener, HEAPPROF_NOTE,
		    "%s: the program still runs or was killed; whole up to "
		    "then",
		    r->log.path);
	if (state->end == HPM_NO_SPACE || state->end == HPM_SIZE_LIMIT)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: recording ended early, after %.3f s: %s; %" PRIu64
		    " later events are not there",
		    r->log.path, (double)(state->end_tick << shift) * 1e-9,
		    state->end == HPM_SIZE_LIMIT ? "the size limit was reached"
						 : strerror((int)state->error),
		    state->lost[HPM_LOST_STOPPED]);
}

static int report_all(const struct reader *r, bool whole, uint64_t events,
		      uint64_t *lost)
{
	const struct hpm_state *state = &r->metadata.state;
	uint64_t missing = whole ? count_missing(r, events) : 0;
	uint64_t dropped = count_dropped(state);
	int status = report_metadata(r) | report_log(r);

	*lost = missing + dropped;
	/* What came after the size limit was not wanted. */
	if (state->end != HPM_SIZE_LIMIT)
		*lost += state->lost[HPM_LOST_STOPPED];
	report_end(r);
	if (missing > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " events are not there; the file was cut or "
		    "damaged",
		    r->log.path, missing);
	if (dropped > 0)
		say(r->listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " events were lost while recording; blocks "
		    "are missing, or seem not to be freed",
		    r->log.path, dropped);
	return status || *lost > 0 ? HEAPPROF_LOSSY : 0;
}

int reader_report(const struct reader *r, bool whole, uint64_t events,
		  uint64_t *lost)
{
	return r->v1 ? v1log_report(r->v1, lost)
		     : report_all(r, whole, events, lost);
}
