/* SPDX-License-Identifier: MIT */

/*
 * Sections to structs.  Every record takes some bytes at least, so an array is
 * never longer than the file can bear out.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest_file.h"
#include "say.h"

/* A section, or nothing where the file has none of its kind. */
struct section {
	uint64_t count;
	struct cursor bytes;
};

struct parser {
	struct digest_file *f;
	struct section section[HPC_SECTIONS];
};

struct sum digest_file_sum(const struct hpc_sum *s)
{
	struct sum sum = {
		.bytes = (double)s->bytes / HPC_BYTE,
		.count = (double)s->count / HPC_ONE,
	};

	/* Most are exact, and numbers of 128 bits take their time. */
	if (unlikely(s->bytes_var != 0 || s->count_var != 0)) {
		/* Below zero are frees of what was lost: no less uncertain. */
		sum.bytes_var = fabs((double)s->bytes_var);
		sum.count_var = fabs((double)s->count_var / HPC_ONE);
	}
	return sum;
}

/* Fewest bytes that a record of each section takes. */
static const unsigned record_min[HPC_SECTIONS] = {
	[HPC_META] = 1,	    [HPC_STRINGS] = 1, [HPC_ARGUMENTS] = 1,
	[HPC_RANGES] = 9,   [HPC_FRAMES] = 6,  [HPC_TRACES] = 15,
	[HPC_SPREADS] = 2,  [HPC_THREADS] = 9, [HPC_MARKS] = 2,
	[HPC_INSTANTS] = 9, [HPC_MODULES] = 5,
};

static bool find_sections(struct parser *p)
{
	struct cursor c = {p->f->sections,
			   p->f->sections + p->f->sections_length, false};

	while (c.p < c.end) {
		uint64_t kind = varint_get(&c);
		uint64_t count = varint_get(&c);
		uint64_t length = varint_get(&c);

		if (c.bad || length > (uint64_t)(c.end - c.p))
			return false;
		if (kind > 0 && kind < HPC_SECTIONS) {
			if (count > length / record_min[kind])
				return false;
			p->section[kind].count = count;
			p->section[kind].bytes =
				(struct cursor){c.p, c.p + length, false};
		}
		c.p += length;
	}
	return true;
}

void *digest_file_array(struct digest_file *f, size_t n, size_t size)
{
	return n < SIZE_MAX ? arena_alloc(&f->arena, n + 1, size) : NULL;
}

/* Parsers give 0, -ENOMEM, or -EBADMSG. */
typedef int parse_fn(struct parser *p, struct section *s);

static int parse_strings(struct parser *p, struct section *s)
{
	const char *at = (const char *)s->bytes.p;
	const char *end = (const char *)s->bytes.end;
	const char **strings =
		digest_file_array(p->f, s->count, sizeof(*strings));

	if (!strings)
		return -ENOMEM;
	p->f->strings = strings;
	for (uint64_t i = 1; i <= s->count; i++) {
		const char *zero = memchr(at, 0, (size_t)(end - at));

		if (!zero)
			return -EBADMSG;
		strings[i] = at;
		at = zero + 1;
	}
	p->f->nr_strings = s->count + 1;
	return at == end ? 0 : -EBADMSG;
}

static const char *string(struct parser *p, struct cursor *c, uint64_t number)
{
	if (number < p->f->nr_strings)
		return p->f->strings[number];
	c->bad = true;
	return NULL;
}

static const char *text(struct parser *p, struct cursor *c, uint64_t number)
{
	const char *s = string(p, c, number);

	return s ? s : "";
}

static void set_log(struct digest *d, const uint64_t *meta)
{
	d->start_realtime_ns = meta[HPC_START];
	d->duration_ns = meta[HPC_DURATION];
	d->pid = (uint32_t)meta[HPC_PID];
	d->parent_pid = (uint32_t)meta[HPC_PARENT];
	d->sample_bytes = meta[HPC_SAMPLE_BYTES];
	d->depth = (uint32_t)meta[HPC_DEPTH];
	d->end = (uint32_t)meta[HPC_END];
	d->end_error = (uint32_t)meta[HPC_END_ERROR];
	d->foreign_malloc = meta[HPC_FOREIGN_MALLOC] != 0;
	d->seen = meta[HPC_SEEN];
	d->seen_bytes = meta[HPC_SEEN_BYTES];
	d->recorded = meta[HPC_RECORDED];
	d->frees = meta[HPC_FREES];
	d->lost_events = meta[HPC_LOST];
	d->unknown_stacks = meta[HPC_UNKNOWN_STACKS];
	d->cut_stacks = meta[HPC_CUT_STACKS];
	d->damaged_bytes = meta[HPC_DAMAGED_BYTES];
	d->unknown_modules = meta[HPC_UNKNOWN_MODULES];
	d->shortened = meta[HPC_SHORTENED] != 0;
	d->interval_ns = meta[HPC_INTERVAL];
	d->peak = meta[HPC_PEAK];
	d->peak_rise = (double)meta[HPC_PEAK_RISE] / HPC_BYTE;
}

static int parse_meta(struct parser *p, struct section *s)
{
	uint64_t meta[HPC_META_MAX] = {0};
	struct digest *d = &p->f->digest;

	/* A later version may have more of them. */
	for (size_t i = 0; i < MIN(s->count, HPC_META_MAX); i++)
		meta[i] = varint_get(&s->bytes);
	set_log(d, meta);
	d->program = text(p, &s->bytes, meta[HPC_PROGRAM]);
	d->directory = text(p, &s->bytes, meta[HPC_DIRECTORY]);
	d->host = text(p, &s->bytes, meta[HPC_HOST]);
	d->precision = p->f->header.precision;
	p->f->nr_listed = meta[HPC_LISTED];
	return 0;
}

static int parse_arguments(struct parser *p, struct section *s)
{
	const char **argv = digest_file_array(p->f, s->count, sizeof(*argv));

	if (!argv)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++)
		argv[i] = text(p, &s->bytes, varint_get(&s->bytes));
	p->f->digest.argv = argv;
	return 0;
}

static int parse_ranges(struct parser *p, struct section *s)
{
	struct digest_range *r = digest_file_array(p->f, s->count, sizeof(*r));

	if (!r)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		r[i].below = varint_get(&s->bytes);
		if (s->bytes.end - s->bytes.p < (ptrdiff_t)sizeof(double))
			return -EBADMSG;
		memcpy(&r[i].probability, s->bytes.p, sizeof(double));
		s->bytes.p += sizeof(double);
	}
	p->f->digest.ranges = r;
	p->f->digest.nr_ranges = s->count;
	return 0;
}

static int parse_frames(struct parser *p, struct section *s)
{
	struct digest_frame *out =
		digest_file_array(p->f, s->count, sizeof(*out));

	if (!out)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		struct hpc_frame frame;

		hpc_get_frame(&s->bytes, &frame);
		out[i].function = string(p, &s->bytes, frame.function);
		out[i].file = string(p, &s->bytes, frame.file);
		out[i].module = string(p, &s->bytes, frame.module);
		out[i].offset = frame.offset;
		out[i].line = frame.line;
		out[i].inlined = frame.flags & HPC_FRAME_INLINED;
		out[i].cut = frame.flags & HPC_FRAME_CUT;
	}
	p->f->digest.frames = out;
	p->f->digest.nr_frames = s->count;
	return 0;
}

static int parse_traces(struct parser *p, struct section *s)
{
	return digest_traces_parse(p->f, &s->bytes, s->count);
}

/* They wait until somebody asks for them: digest_spreads(). */
static int parse_spreads(struct parser *p, struct section *s)
{
	p->f->spreads = s->bytes;
	p->f->nr_spreads = s->count;
	return s->count == 0 || s->count == p->f->digest.nr_traces - 1
		       ? 0
		       : -EBADMSG;
}

static int parse_threads(struct parser *p, struct section *s)
{
	struct digest_thread *out =
		digest_file_array(p->f, s->count, sizeof(*out));

	if (!out)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		struct hpc_thread t;

		hpc_get_thread(&s->bytes, &t);
		out[i].name = text(p, &s->bytes, t.name);
		out[i].tid = t.tid;
		out[i].seen = t.seen;
		out[i].seen_bytes = t.seen_bytes;
		out[i].start_ns = t.start_ns;
		out[i].allocated = digest_file_sum(&t.allocated);
		out[i].freed = digest_file_sum(&t.freed);
		out[i].peak_live = digest_file_sum(&t.peak_live);
		out[i].end_live = digest_file_sum(&t.end_live);
	}
	p->f->digest.threads = out;
	p->f->digest.nr_threads = s->count;
	return 0;
}

static int parse_modules(struct parser *p, struct section *s)
{
	struct digest_module *out =
		digest_file_array(p->f, s->count, sizeof(*out));

	if (!out)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		struct hpc_module m;

		hpc_get_module(&s->bytes, &m);
		out[i].path = text(p, &s->bytes, m.path);
		out[i].build_id = string(p, &s->bytes, m.build_id);
		out[i].start = m.start;
		out[i].size = m.size;
		out[i].offset = m.offset;
	}
	p->f->digest.modules = out;
	p->f->digest.nr_modules = s->count;
	return 0;
}

static int parse_marks(struct parser *p, struct section *s)
{
	struct digest_mark *out =
		digest_file_array(p->f, s->count, sizeof(*out));

	if (!out)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		struct hpc_mark m;

		hpc_get_mark(&s->bytes, &m);
		out[i].time_ns = m.time_ns;
		out[i].label = text(p, &s->bytes, m.label);
	}
	p->f->digest.marks = out;
	p->f->digest.nr_marks = s->count;
	return 0;
}

static void set_instant(struct digest_instant *out, const struct hpc_instant *i)
{
	out->time_ns = i->time_ns;
	out->kinds = i->kinds;
	out->rss = i->rss;
	out->live = digest_file_sum(&i->live);
	out->max_live = digest_file_sum(&i->max_live);
	out->allocated = digest_file_sum(&i->allocated);
	out->freed = digest_file_sum(&i->freed);
}

/* No bytes: it is the one before.  The next begins where that ends, still. */
static void share_snapshot(struct hpc_instant *i,
			   const struct hpc_instant *before)
{
	i->offset = before->offset;
	i->length = before->length;
	i->crc = before->crc;
}

static int parse_instants(struct parser *p, struct section *s)
{
	struct digest_file *f = p->f;
	struct digest_instant *out =
		digest_file_array(f, s->count, sizeof(*out));
	struct hpc_instant is, before = {0};

	f->snapshots = digest_file_array(f, s->count, sizeof(*f->snapshots));
	if (!out || !f->snapshots)
		return -ENOMEM;
	for (uint64_t i = 0; i < s->count; i++) {
		hpc_get_instant(&s->bytes, &is, i > 0 ? &before : NULL);
		if (s->bytes.bad || is.offset + is.length > f->sections_offset)
			return -EBADMSG;
		set_instant(&out[i], &is);
		if (i > 0 && is.length == 0)
			share_snapshot(&is, &before);
		f->snapshots[i] =
			(struct digest_extent){is.offset, is.length, is.crc};
		before = is;
	}
	f->digest.instants = out;
	f->digest.nr_instants = s->count;
	return s->count > f->digest.peak ? 0 : -EBADMSG;
}

/* In the order in which they need one another. */
static const struct {
	enum hpc_section section;
	const char *name;
	parse_fn *parse;
} parsers[] = {
	{HPC_STRINGS, "strings", parse_strings},
	{HPC_META, "facts", parse_meta},
	{HPC_ARGUMENTS, "arguments", parse_arguments},
	{HPC_RANGES, "ranges", parse_ranges},
	{HPC_FRAMES, "frames", parse_frames},
	{HPC_TRACES, "traces", parse_traces},
	{HPC_SPREADS, "distributions", parse_spreads},
	{HPC_THREADS, "threads", parse_threads},
	{HPC_MODULES, "modules", parse_modules},
	{HPC_MARKS, "marks", parse_marks},
	{HPC_INSTANTS, "instants", parse_instants},
};

int digest_file_parse(struct digest_file *f)
{
	const uint8_t *end = f->sections + f->sections_length;
	struct parser p = {.f = f};

	for (size_t i = 0; i < HPC_SECTIONS; i++)
		p.section[i].bytes = (struct cursor){end, end, false};
	if (!find_sections(&p))
		return digest_file_damaged(f, f->sections_offset, "sections");
	for (size_t i = 0; i < ARRAY_SIZE(parsers); i++) {
		struct section *s = &p.section[parsers[i].section];
		int error = parsers[i].parse(&p, s);

		if (error == -ENOMEM)
			return say_error(f->listener, error,
					 "%s: out of memory", f->path);
		if (error || s->bytes.bad)
			return digest_file_damaged(
				f,
				f->sections_offset +
					(uint64_t)(s->bytes.p - f->sections),
				parsers[i].name);
	}
	return 0;
}
