/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/digest_options.h"
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

/* BASE of BASE, or of one of its files. */
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

static struct heapprof_digest_options digest_options(const struct source *s)
{
	return (struct heapprof_digest_options){.precision = -1,
						.v1_scale = s->v1_scale};
}

/* A digest that lasts as long as the report. */
static int make_temporary(struct source *s,
			  const struct heapprof_listener *listener)
{
	const char *folder = getenv("TMPDIR");
	struct heapprof_digest_options options = digest_options(s);
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
		const struct heapprof_listener *listener)
{
	struct heapprof_digest_options options = digest_options(s);
	int err;

	s->made = true;
	if (!can_write(s->base))
		return make_temporary(s, listener);
	say(listener, HEAPPROF_NOTE, "%s: %s; making it", path,
	    access(path, F_OK) ? "there is no digest yet"
			       : "the digest is stale");
	err = digest_make(s->base, &options, listener);
	if (err == -EACCES || err == -EROFS || err == -EPERM)
		return make_temporary(s, listener);
	return err;
}

static bool is_fresh(const struct source *s, const char *path)
{
	struct heapprof_digest_options options = digest_options(s);

	return digest_is_fresh(path, s->base, s->v1_scale ? &options : NULL);
}

/* The digest of s->base: fresh, or without a log that could tell. */
static int open_base(struct source *s, const struct heapprof_listener *listener)
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
	if (!err && log && !is_fresh(s, path))
		err = make(s, path, listener);
	if (err >= 0)
		err = digest_open(s->temporary ? s->temporary : path,
				  &s->digest, listener);
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

int source_open(struct source *s, const char *profile, const char *v1_scale,
		const struct heapprof_listener *listener)
{
	struct heapprof_digest_options options;
	int err;

	*s = (struct source){.v1_scale = v1_scale};
	options = digest_options(s);
	err = digest_options_check(&options, listener);
	if (err)
		return err;
	if (!strcmp(profile, "-") ||
	    (ends_with(profile, ".hpc") && !is_to_be_made(profile)))
		return digest_open(profile, &s->digest, listener);
	s->base = base_of(profile);
	return s->base ? open_base(s, listener) : -ENOMEM;
}

void source_close(struct source *s)
{
	digest_close(s->digest);
	if (s->temporary)
		unlink(s->temporary);
	free(s->temporary);
	free(s->base);
}
