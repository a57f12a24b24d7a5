/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"

static noreturn void die(const char *path)
{
	cli_die(CLI_FAILED, "%s: %s", path, strerror(errno));
}

/* A terminal, a pipe, /dev/full: nothing to be kept, nothing to rename. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* As open() would have created it. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

void output_open(struct output *o, const char *path)
{
	int fd;

	*o = (struct output){.stream = stdout};
	if (path == NULL || strcmp(path, "-") == 0)
		return;
	o->path = path;
	if (is_special(path)) {
		o->stream = fopen(path, "we");
		if (o->stream == NULL)
			die(path);
		return;
	}
	snprintf(o->temporary, sizeof(o->temporary), "%s.XXXXXX", path);
	fd = mkstemp(o->temporary);
	o->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (o->stream == NULL)
		die(path);
	fchmod(fd, default_mode());
}

bool output_close(struct output *o, bool keep)
{
	bool failed;

	if (o->path == NULL)
		return true;
	failed = ferror(o->stream) != 0;
	errno = 0;
	failed = fclose(o->stream) != 0 || failed;
	if (!failed && keep && o->temporary[0] != '\0')
		failed = rename(o->temporary, o->path) != 0;
	if (failed)
		cli_warn("%s: %s; it was not written", o->path,
			 errno != 0 ? strerror(errno) : "write error");
	if ((failed || !keep) && o->temporary[0] != '\0')
		unlink(o->temporary);
	return !failed;
}
