/* SPDX-License-Identifier: MIT */

/* Where tests put their files. */

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"

static void remember(void *arg, enum heapprof_severity severity,
		     const char *text)
{
	struct scratch *s = arg;
	size_t n = strlen(s->log);

	ck_assert_ptr_null(strchr(text, '\n'));
	s->said[severity]++;
	snprintf(s->log + n, sizeof(s->log) - n, "%d %s\n", severity, text);
	if (severity <= HEAPPROF_WARNING)
		snprintf(s->text, sizeof(s->text), "%s", text);
}

static bool stop(void *arg)
{
	struct scratch *s = arg;

	return s->stop_after >= 0 && s->stop_after-- <= 0 &&
	       (s->stop_after = 0, true);
}

void scratch_init(struct scratch *s)
{
	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	snprintf(s->folder, sizeof(s->folder), "%s/heapprof-XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(s->folder));
	snprintf(s->base, sizeof(s->base), "%s/p", s->folder);
	snprintf(s->path, sizeof(s->path), "%s.hpc", s->base);
	s->listener = (struct heapprof_listener){
		.message = remember, .stop = stop, .arg = s};
	s->stop_after = -1;
}

void scratch_fini(struct scratch *s)
{
	DIR *folder = opendir(s->folder);
	struct dirent *entry;
	char path[400];

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", s->folder, entry->d_name);
		unlink(path);
	}
	closedir(folder);
	ck_assert_int_eq(rmdir(s->folder), 0);
}
