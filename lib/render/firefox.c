/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "bytes.h"
#include "intern.h"

#include "about.h"
#include "changes.h"
#include "firefox.h"
#include "firefox_tables.h"
#include "frame.h"
#include "holdings.h"
#include "json_value.h"
#include "name.h"

/*
 * All rows are of one thread, as Firefox has them, and tell by a number which
 * of the program's it was.
 *
 * The viewer finds what was retained by addresses, which are not in the log. So
 * each block gets one of its own: a free has the age of its block, and those of
 * one stack, thread, size and time of allocation are as good as each other.
 */

/* A file of some 80 MB, which a browser still puts up with. */
#define EVENTS_MAX 2000000u

/* Blocks that have the same address but for their number. */
#define ADDRESS_STEP 1048576u

struct owned_block {
	uint64_t born_ns, size;
	uint32_t trace, thread;
};

struct allocation {
	uint64_t time_ns, address;
	int64_t bytes;
	uint32_t stack, tid;
};

struct firefox {
	FILE *out;
	struct history *h;
	struct changes changes;
	struct firefox_tables tables;
	struct bytes rows;    /* struct allocation */
	struct intern blocks; /* struct owned_block */
	struct bytes live;    /* uint32_t: of each of these */
	bool balanced;	      /* rows have addresses */
	int err;
};

static uint64_t find_address(struct firefox *p, const struct change *c)
{
	struct owned_block block = {
		.born_ns = c->time_ns - (c->free ? c->age_ns : 0),
		.size = c->size,
		.trace = c->trace,
		.thread = c->thread,
	};
	uint32_t number, last, nr = p->blocks.nr, none = 0, *live;

	if (intern_add(&p->blocks, &block, sizeof(block), &number)) {
		p->err = -ENOMEM;
		return 0;
	}
	if (number == nr)
		bytes_add(&p->live, &none, sizeof(none));
	if (p->live.failed) {
		p->err = -ENOMEM;
		return 0;
	}
	live = (uint32_t *)p->live.p + number;
	*live += !c->free;
	last = *live;
	*live -= c->free && last;
	return last ? (uint64_t)(number + 1) * ADDRESS_STEP +
			       MIN(last, ADDRESS_STEP - 1)
		    : 0;
}

static void add_row(struct firefox *p, const struct change *c)
{
	struct allocation row = {
		.time_ns = c->time_ns,
		.address = p->balanced ? find_address(p, c) : 0,
		.bytes = (int64_t)holdings_round(c->bytes),
		.stack = firefox_stack(&p->tables, c->trace),
	};

	if (c->free)
		row.bytes = -row.bytes;
	if (c->thread < p->h->nr_threads)
		row.tid = p->h->threads[c->thread].place.tid;
	bytes_add(&p->rows, &row, sizeof(row));
}

static int pull(struct firefox *p)
{
	struct change c;
	int more = changes_open(&p->changes, p->h, EVENTS_MAX);

	if (more)
		return more;
	p->balanced = p->changes.exact && p->h->ages;
	while ((more = changes_next(&p->changes, &c)) > 0 && !p->err)
		add_row(p, &c);
	if (p->rows.failed)
		return -ENOMEM;
	return p->err ? p->err : more;
}

static void put_time(FILE *out, uint64_t ns)
{
	fprintf(out, "%llu.%06llu", (unsigned long long)(ns / 1000000),
		(unsigned long long)(ns % 1000000));
}

enum allocation_column {
	COLUMN_TIME,
	COLUMN_WEIGHT,
	COLUMN_STACK,
	COLUMN_ADDRESS,
	COLUMN_THREAD
};

static void put_rows(struct firefox *p, const char *key,
		     enum allocation_column column)
{
	const struct allocation *rows = (const struct allocation *)p->rows.p;
	size_t n = p->rows.n / sizeof(*rows);

	fprintf(p->out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? "," : "", p->out);
		if (column == COLUMN_TIME)
			put_time(p->out, rows[i].time_ns);
		else if (column == COLUMN_WEIGHT)
			fprintf(p->out, "%lld", (long long)rows[i].bytes);
		else if (column == COLUMN_STACK)
			fprintf(p->out, "%u", rows[i].stack);
		else if (column == COLUMN_ADDRESS)
			fprintf(p->out, "%llu",
				(unsigned long long)rows[i].address);
		else
			fprintf(p->out, "%u", rows[i].tid);
	}
	fputc(']', p->out);
}

static void put_allocations(struct firefox *p)
{
	fprintf(p->out,
		",\n\"nativeAllocations\":{\"weightType\":\"bytes\","
		"\"length\":%zu",
		p->rows.n / sizeof(struct allocation));
	put_rows(p, "time", COLUMN_TIME);
	put_rows(p, "weight", COLUMN_WEIGHT);
	put_rows(p, "stack", COLUMN_STACK);
	if (p->balanced) {
		put_rows(p, "memoryAddress", COLUMN_ADDRESS);
		put_rows(p, "threadId", COLUMN_THREAD);
	}
	fputc('}', p->out);
}

/* heapprof_mark() as markers of an instant. */
static void put_markers(struct firefox *p)
{
	const struct history *h = p->h;

	fprintf(p->out, ",\n\"markers\":{\"length\":%zu,\"name\":[",
		h->nr_marks);
	for (size_t i = 0; i < h->nr_marks; i++)
		fprintf(p->out, "%s%u", i ? "," : "",
			firefox_string(&p->tables, h->marks[i].label));
	fputs("],\"startTime\":[", p->out);
	for (size_t i = 0; i < h->nr_marks; i++) {
		fputs(i ? "," : "", p->out);
		put_time(p->out, h->marks[i].time_ns);
	}
	fputc(']', p->out);
	for (size_t k = 0; k < 4; k++) {
		static const char *const columns[][2] = {
			{"endTime", "null"},
			{"phase", "0"},
			{"category", "0"},
			{"data", "null"},
		};

		fprintf(p->out, ",\"%s\":[", columns[k][0]);
		for (size_t i = 0; i < h->nr_marks; i++)
			fprintf(p->out, "%s%s", i ? "," : "", columns[k][1]);
		fputc(']', p->out);
	}
	fputc('}', p->out);
}

static uint64_t end_of(const struct history *h)
{
	return h->nr_instants ? h->instants[h->nr_instants - 1].time_ns : 0;
}

static void put_thread(struct firefox *p, const struct result *r)
{
	const char *name = r->basis.program ? r->basis.program : "program";

	fputs("\"threads\":[{\"processType\":\"default\",\"name\":", p->out);
	json_string(p->out, frame_basename(name));
	fprintf(p->out,
		",\"isMainThread\":true,\"pid\":\"%u\",\"tid\":%u,"
		"\"processStartupTime\":0,\"registerTime\":0,"
		"\"unregisterTime\":null,\"pausedRanges\":[],"
		"\"processShutdownTime\":",
		r->basis.pid, r->basis.pid);
	put_time(p->out, end_of(p->h));
	fputs(",\n\"samples\":{\"length\":1,\"weightType\":\"samples\","
	      "\"weight\":null,\"stack\":[null],\"time\":[0]}",
	      p->out);
	put_markers(p);
	put_allocations(p);
	fputs("}]", p->out);
}

/* Live bytes as the differences from snapshot to snapshot. */
static void put_counter(struct firefox *p, uint32_t pid)
{
	const struct history *h = p->h;
	int64_t before = 0;

	fprintf(p->out,
		",\n\"counters\":[{\"name\":\"malloc\",\"category\":\"Memory\","
		"\"description\":\"Live bytes at each snapshot\",\"pid\":\"%u\""
		",\"mainThreadIndex\":0,\"samples\":{\"length\":%zu,\"time\":[",
		pid, h->nr_instants);
	for (size_t i = 0; i < h->nr_instants; i++) {
		fputs(i ? "," : "", p->out);
		put_time(p->out, h->instants[i].time_ns);
	}
	fputs("],\"count\":[", p->out);
	for (size_t i = 0; i < h->nr_instants; i++) {
		int64_t live =
			(int64_t)holdings_round(h->instants[i].live.bytes);

		fprintf(p->out, "%s%lld", i ? "," : "",
			(long long)(live - before));
		before = live;
	}
	fputs("]}}]", p->out);
}

/* Lines as pairs: the first word, and the rest. */
static void put_about(FILE *out, const char *about)
{
	const char *line, *separator = "";
	size_t n;

	fputs(",\"extra\":[{\"label\":\"heapprof\",\"entries\":[", out);
	while ((n = about_next(&about, &line))) {
		char text[NAME_BYTES];
		char *rest = text;

		snprintf(text, sizeof(text), "%.*s", (int)n, line);
		rest += strcspn(text, " ");
		if (*rest)
			*rest++ = '\0';
		rest += strspn(rest, " ");
		fprintf(out,
			"%s\n{\"format\":\"string\",\"label\":", separator);
		json_string(out, text);
		fputs(",\"value\":", out);
		json_string(out, rest);
		fputc('}', out);
		separator = ",";
	}
	fputs("]}]", out);
}

static void put_meta(struct firefox *p, const struct result *r,
		     const char *command, const char *about)
{
	fputs("{\"meta\":{\"version\":30,\"preprocessedProfileVersion\":61,"
	      "\"interval\":1,\"processType\":0,\"stackwalk\":1,"
	      "\"symbolicated\":true,\"symbolicationNotSupported\":true,"
	      "\"usesOnlyOneStackType\":true,"
	      "\"sourceCodeIsNotOnSearchfox\":true,\"markerSchema\":[],"
	      "\"categories\":[{\"name\":\"Other\",\"color\":\"grey\","
	      "\"subcategories\":[\"Other\"]}],\n\"importedFrom\":\"heapprof\","
	      "\"startTime\":",
	      p->out);
	put_time(p->out, r->basis.start_realtime_ns);
	fputs(",\"product\":", p->out);
	json_string(p->out, command);
	put_about(p->out, about);
	fputs("},\n\"pages\":[],\n", p->out);
}

static int put_file(struct firefox *p, const struct result *r)
{
	char *command = about_command(r);
	struct about about;
	const char *text;

	about_begin(&about, r);
	about_hidden(&about, p->h);
	changes_about(&p->changes, &about);
	if (!p->balanced)
		about_line(&about, "retained  not known: it takes events of "
				   "known age");
	text = about_end(&about);
	if (text && command) {
		put_meta(p, r, command, text);
		put_thread(p, r);
		put_counter(p, r->basis.pid);
		fputs(",\n", p->out);
		firefox_tables_put(&p->tables, p->out);
		fputs("}\n", p->out);
	}
	about_fini(&about);
	free(command);
	return text && command ? p->tables.err : -ENOMEM;
}

int firefox_history(const struct target *t, const struct result *r)
{
	struct firefox p = {.out = t->out, .h = r->history};
	int err = firefox_tables_init(&p.tables, p.h, r->basis.precision);

	if (!err)
		err = pull(&p);
	if (!err)
		err = put_file(&p, r);
	firefox_tables_fini(&p.tables);
	intern_fini(&p.blocks);
	bytes_fini(&p.rows);
	bytes_fini(&p.live);
	return err;
}
