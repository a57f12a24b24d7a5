/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "heapprof.h"

/*
 * The newest profile of a folder: by the time at which any of its files, or of
 * its children's, was last written, and by name where two are of the same time.
 */

struct newest {
	char name[256]; /* without the ending; "": none yet */
	struct timespec time;
};

/* The length of @name without .hpm, .hpd or .hpc; 0: it has none of them. */
static size_t base_length(const char *name)
{
	size_t n = strlen(name);

	if (n <= 4 || n >= sizeof(((struct newest *)0)->name))
		return 0;
	if (strcmp(name + n - 4, ".hpm") && strcmp(name + n - 4, ".hpd") &&
	    strcmp(name + n - 4, ".hpc"))
		return 0;
	return n - 4;
}

static bool is_newer(const struct newest *best, struct timespec t,
		     const char *name, size_t n)
{
	if (!best->name[0] || t.tv_sec != best->time.tv_sec)
		return !best->name[0] || t.tv_sec > best->time.tv_sec;
	if (t.tv_nsec != best->time.tv_nsec)
		return t.tv_nsec > best->time.tv_nsec;
	return strncmp(name, best->name, n) < 0;
}

/*
 * A child of the process that wrote NAME has NAME.PID or NAME.PID.2, and is not
 * what one wants to see first.  Returns the length of NAME, if that is here.
 */
static size_t first_process(int folder, const char *name, size_t n)
{
	char path[sizeof(((struct newest *)0)->name) + 4];
	struct stat st;

	for (int i = 0; i < 2; i++) {
		size_t end = n;

		while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9')
			end--;
		if (end < 2 || end == n || name[end - 1] != '.')
			break;
		n = end - 1;
		snprintf(path, sizeof(path), "%.*s.hpm", (int)n, name);
		if (!fstatat(folder, path, &st, 0))
			return n;
	}
	return 0;
}

static void consider(struct newest *best, int folder, const char *name)
{
	size_t n = base_length(name), first;
	struct stat st;

	if (!n || fstatat(folder, name, &st, 0) || !S_ISREG(st.st_mode) ||
	    !is_newer(best, st.st_mtim, name, n))
		return;
	best->time = st.st_mtim;
	first = first_process(folder, name, n);
	n = first ? first : n;
	memcpy(best->name, name, n);
	best->name[n] = '\0';
}

int heapprof_newest(const char *directory, char *base, size_t size)
{
	struct newest best = {0};
	DIR *folder = opendir(directory);
	bool here = !strcmp(directory, ".");
	int n;

	if (!folder)
		return -errno;
	for (struct dirent *e; (e = readdir(folder));)
		consider(&best, dirfd(folder), e->d_name);
	closedir(folder);
	if (!best.name[0])
		return -ENOENT;
	n = snprintf(base, size, "%s%s%s", here ? "" : directory,
		     here ? "" : "/", best.name);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}
