/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heapprof.h"

/*
 * adding BASE...
 *
 * What the processes of these profiles held together, the first one on its own
 * time axis: all their events in one list, sorted, with one more at the end of
 * each process that takes away what it still has.  Prints "truth KEY VALUE".
 *
 * Processes must have ended; the result is exact if every event was recorded.
 */

struct change {
	uint64_t ns;
	size_t process;
	int64_t bytes;
};

static struct change *changes;
static size_t nr, room;

static void add(uint64_t ns, size_t process, int64_t bytes)
{
	if (nr == room) {
		room = room * 2 + 4096;
		changes = realloc(changes, room * sizeof(*changes));
		if (!changes)
			exit(2);
	}
	changes[nr++] = (struct change){ns, process, bytes};
}

/* CLOCK_MONOTONIC of the start, where heapprof-format(5) says that it is. */
static uint64_t start_of(const char *base)
{
	char path[4096];
	uint64_t ns = 0;
	int fd;

	snprintf(path, sizeof(path), "%s.hpm", base);
	fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, &ns, sizeof(ns), 64 + 24) != sizeof(ns))
		exit(2);
	close(fd);
	return ns;
}

static uint64_t to_ns(double seconds)
{
	return (uint64_t)(seconds * 1e9 + 0.5);
}

static void hear(void *unused, enum heapprof_severity severity,
		 const char *text)
{
	(void)unused;
	if (severity < HEAPPROF_NOTE)
		fprintf(stderr, "%s\n", text);
}

static void read_process(const char *base, size_t process, uint64_t first_ns)
{
	static const struct heapprof_listener listener = {.message = hear};
	uint64_t start = start_of(base) - first_ns, last = start;
	struct heapprof_reader *reader;
	struct heapprof_events *events;
	struct heapprof_event e;
	int64_t live = 0;

	if (heapprof_read(base, 0, -1, &listener, &reader) < 0 ||
	    heapprof_events_open(reader, &events) < 0)
		exit(2);
	while (heapprof_events_next(events, &e) > 0) {
		last = start + to_ns(e.time_s);
		add(last, process, e.size);
		live += e.size;
	}
	if (start + to_ns(heapprof_elapsed_time(reader)) > last)
		last = start + to_ns(heapprof_elapsed_time(reader));
	add(last + 1, process, -live);
	printf("truth process %s %lld\n", base, (long long)live);
	heapprof_events_close(events);
	heapprof_close(reader);
}

static int compare(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* After all events of one time. */
static void print_peak(void)
{
	int64_t live = 0, peak = 0;
	uint64_t peak_ns = 0;

	qsort(changes, nr, sizeof(*changes), compare);
	for (size_t i = 0; i < nr; i++) {
		live += changes[i].bytes;
		if (i + 1 < nr && changes[i + 1].ns == changes[i].ns)
			continue;
		if (live > peak) {
			peak = live;
			peak_ns = changes[i].ns;
		}
	}
	printf("truth peak %lld\n", (long long)peak);
	printf("truth peak_ns %llu\n", (unsigned long long)peak_ns);
	printf("truth rest %lld\n", (long long)live);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	for (int i = 1; i < argc; i++)
		read_process(argv[i], (size_t)i, start_of(argv[1]));
	print_peak();
	free(changes);
	return 0;
}
