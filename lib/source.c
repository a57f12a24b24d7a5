/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/format.h"
#include "profile/digest_options.h"
#include "profile/merge.h"
#include "profile/say.h"
#include "source.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && !strcmp(s + n - k, end);
}

static char *join(const char *a, const char *b)
{
	char *s;

	return asprintf(&s, "%s%s", a, b) < 0 ? NULL : s;
}

/* BASE of BASE, BASE.hpm or BASE.hpd. */
static char *base_of(const char *profile)
{
	size_t n = strlen(profile);

	if (ends_with(profile, ".hpm") || ends_with(profile, ".hpd") ||
	    ends_with(profile, ".hpc"))
		n -= 4;
	return strndup(profile, n);
}

static bool exists(const char *base, const char *ending)
{
	char *path = join(base, ending);
	bool found = path && !access(path, F_OK);

	free(path);
	return found;
}

/* Can a file be made beside @base? */
static bool can_write(const char *base)
{
	const char *slash = strrchr(base, '/');
	size_t n = slash ? (size_t)(slash - base) + 1 : 1;
	char *folder = strndup(slash ? base : ".", n);
	bool yes = folder && !eaccess(folder, W_OK | X_OK);

	free(folder);
	return yes;
}

/* A digest that lasts as long as the report. */
static int make_temporary(struct source *s,
			  const struct heapprof_digest_options *wanted,
			  const struct heapprof_listener *listener)
{
	const char *folder = getenv("TMPDIR");
	struct heapprof_digest_options options = *wanted;
	int fd;

	s->temporary =
		join(folder && *folder ? folder : "/tmp", "/heapprof-XXXXXX");
	if (!s->temporary)
		return -ENOMEM;
	fd = mkstemp(s->temporary);
	if (fd < 0) {
		int err = -errno;

		say(listener, HEAPPROF_ERROR, "%s: %s; set TMPDIR",
		    s->temporary, strerror(-err));
		free(s->temporary);
		s->temporary = NULL;
		return err;
	}
	close(fd);
	say(listener, HEAPPROF_NOTE,
	    "%s.hpc cannot be written; the digest is made for this "
	    "report alone",
	    s->base);
	options.output = s->temporary;
	return digest_make(s->base, &options, listener);
}

static int make(struct source *s, const char *path,
		const struct heapprof_digest_options *wanted,
		const struct heapprof_listener *listener)
{
	int err;

	s->made = true;
	if (!can_write(s->base))
		return make_temporary(s, wanted, listener);
	say(listener, HEAPPROF_NOTE, "%s: %s; making it", path,
	    access(path, F_OK) ? "there is no digest yet"
	    : s->digest	       ? "the digest has another interval or precision"
			       : "the digest is stale");
	err = digest_make(s->base, wanted, listener);
	if (err == -EACCES || err == -EROFS || err == -EPERM)
		return make_temporary(s, wanted, listener);
	return err;
}

/* The scale of version 1 decides what is in a digest of it. */
static bool is_fresh(const struct source *s, const char *path,
		     const struct heapprof_digest_options *wanted)
{
	struct heapprof_digest_options scale = {.precision = -1,
						.v1_scale = wanted->v1_scale};

	return digest_is_fresh(path, s->base, scale.v1_scale ? &scale : NULL);
}

static int open_digest(struct source *s, const char *path,
		       const struct heapprof_listener *listener)
{
	digest_close(s->digest);
	s->digest = NULL;
	return digest_open(s->temporary ? s->temporary : path, &s->digest,
			   listener);
}

static bool fits(const struct digest *d,
		 const struct heapprof_digest_options *wanted)
{
	if (wanted->interval_s > 0 &&
	    fabs(wanted->interval_s * 1e9 - (double)d->interval_ns) > 0.5)
		return false;
	return wanted->precision < 0 || wanted->precision == d->precision;
}

/* What there is, or what is made if that is stale or not as wanted. */
static int open_fitting(struct source *s, const char *path, bool log,
			const struct heapprof_digest_options *wanted,
			const struct heapprof_listener *listener)
{
	int err = -ESTALE;

	if (!log || is_fresh(s, path, wanted))
		err = open_digest(s, path, listener);
	if (!log || (err >= 0 && fits(s->digest, wanted)))
		return err;
	err = make(s, path, wanted, listener);
	return err < 0 ? err : open_digest(s, path, listener);
}

/* The digest of s->base: fresh, or without a log that could tell. */
static int open_base(struct source *s,
		     const struct heapprof_digest_options *wanted,
		     const struct heapprof_listener *listener)
{
	char *path = join(s->base, ".hpc");
	int err = path ? 0 : -ENOMEM;
	bool log = exists(s->base, ".hpm") || exists(s->base, ".hpd");

	if (!err && !log && !exists(s->base, ".hpc")) {
		say(listener, HEAPPROF_ERROR,
		    "%s: no such profile: there is no %s.hpm; record "
		    "one with heapprof-run -o %s PROGRAM",
		    s->base, s->base, s->base);
		err = -ENOENT;
	}
	if (!err)
		err = open_fitting(s, path, log, wanted, listener);
	free(path);
	if (!log) {
		free(s->base);
		s->base = NULL;
	}
	return err;
}

/* A digest that is not to be used as it is, and of which there is the log. */
static bool is_to_be_made(const char *profile)
{
	char *base = base_of(profile);
	bool yes = base && digest_is_version_1(profile) &&
		   exists(base, ".hpm") && exists(base, ".hpd");

	free(base);
	return yes;
}

int source_open(struct source *s, const char *profile,
		const struct heapprof_digest_options *wanted,
		const struct heapprof_listener *listener)
{
	static const struct heapprof_digest_options any = {.precision = -1};
	int err;

	*s = (struct source){0};
	wanted = wanted ? wanted : &any;
	err = digest_options_check(wanted, listener);
	if (err)
		return err;
	if (!strcmp(profile, "-") ||
	    (ends_with(profile, ".hpc") && !is_to_be_made(profile)))
		return digest_open(profile, &s->digest, listener);
	s->base = base_of(profile);
	return s->base ? open_base(s, wanted, listener) : -ENOMEM;
}

/* The family of s->base as one digest, which has no log of its own. */
static int merge(struct source *s, const struct heapprof_digest_options *wanted,
		 const struct heapprof_listener *listener)
{
	int err = merge_open(&s->family, wanted, listener, &s->digest);

	free(s->base);
	s->base = NULL;
	s->made = true;
	return err < 0 ? err : 0;
}

int source_merge(struct source *s, const char *profile,
		 const struct heapprof_digest_options *wanted,
		 const struct heapprof_listener *listener)
{
	int err = digest_options_check(wanted, listener);

	*s = (struct source){0};
	if (err)
		return err;
	s->base = base_of(profile);
	if (!s->base || family_find(s->base, &s->family))
		return -ENOMEM;
	if (s->family.nr > 1)
		return merge(s, wanted, listener);
	if (!strcmp(profile, "-") ||
	    (!exists(s->base, ".hpm") && exists(s->base, ".hpc"))) {
		say(listener, HEAPPROF_ERROR,
		    "%s: --merge needs the logs, which a digest is without; "
		    "give BASE of BASE.hpm",
		    profile);
		return -EINVAL;
	}
	say(listener, HEAPPROF_NOTE,
	    "%s: there is no child process to merge; record them with "
	    "heapprof-run --children",
	    s->base);
	return open_base(s, wanted, listener);
}

int source_losses(const struct source *s, const char *profile,
		  const struct heapprof_listener *listener)
{
	const struct digest *d = s->digest;
	double end_s = (double)d->duration_ns * 1e-9;

	if (s->made)
		listener = NULL;
	if (d->end == HPM_RUNNING)
		say(listener, HEAPPROF_NOTE,
		    "%s: the program still runs or was killed; whole up to "
		    "%.6g s",
		    profile, end_s);
	if (d->shortened)
		say(listener, HEAPPROF_WARNING,
		    "%s: the digest was interrupted; it ends at %.6g s",
		    profile, end_s);
	if (d->lost_events)
		say(listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " events were lost; the figures lack them",
		    profile, d->lost_events);
	if (d->damaged_bytes)
		say(listener, HEAPPROF_WARNING,
		    "%s: %" PRIu64 " bytes of the log are damaged; the "
		    "figures lack what was there",
		    profile, d->damaged_bytes);
	return d->lost_events || d->damaged_bytes ? HEAPPROF_LOSSY : 0;
}

void source_close(struct source *s)
{
	digest_close(s->digest);
	if (s->temporary)
		unlink(s->temporary);
	free(s->temporary);
	free(s->base);
	family_fini(&s->family);
}
