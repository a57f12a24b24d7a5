/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base.h"

#include "firefox_tables.h"
#include "frame.h"
#include "json_value.h"
#include "name.h"

/* NONE in place of a number: -1 or null, as the column has it. */
#define NONE UINT32_MAX

struct firefox_function {
	uint32_t name;	 /* string */
	uint32_t lib;	 /* or NONE; resources are the same */
	uint32_t source; /* or NONE */
};

struct firefox_frame {
	uint32_t function;
	uint32_t line;	/* or NONE */
	uint32_t depth; /* inlined into so many others */
	uint32_t unused;
	uint64_t address; /* within the module; UINT64_MAX: none */
};

struct firefox_stack {
	uint32_t frame;
	uint32_t prefix; /* the stack that called it, or NONE */
};

static uint32_t number_of(struct firefox_tables *t, struct intern *in,
			  const void *key, size_t n)
{
	uint32_t number = 0;

	if (intern_add(in, key, n, &number))
		t->err = -ENOMEM;
	return number;
}

uint32_t firefox_string(struct firefox_tables *t, const char *s)
{
	/* With its end: rows are read back as strings. */
	return number_of(t, &t->strings, s, strlen(s) + 1);
}

static uint32_t text(struct firefox_tables *t, const char *s)
{
	char out[NAME_BYTES];

	name_text(out, s, NAME_BYTES, true);
	return firefox_string(t, out);
}

static uint32_t add_function(struct firefox_tables *t,
			     const struct place *place)
{
	struct firefox_function f = {.lib = NONE, .source = NONE};
	char name[NAME_BYTES];

	name_place(name, place, NAME_BYTES, true);
	f.name = firefox_string(t, name);
	if (place->module)
		f.lib = number_of(t, &t->libs, place->module,
				  strlen(place->module) + 1);
	if (place->file) {
		uint32_t file = text(t, place->file);

		f.source = number_of(t, &t->sources, &file, sizeof(file));
	}
	return number_of(t, &t->functions, &f, sizeof(f));
}

static uint32_t add_frame(struct firefox_tables *t, const struct place *place,
			  uint64_t address, uint32_t depth)
{
	struct firefox_frame f = {
		.function = add_function(t, place),
		.line = place->line ? place->line : NONE,
		.depth = depth,
		.address = address,
	};

	return number_of(t, &t->frames, &f, sizeof(f));
}

static uint32_t add_stack(struct firefox_tables *t, uint32_t frame,
			  uint32_t prefix)
{
	struct firefox_stack s = {frame, prefix};

	return number_of(t, &t->stacks, &s, sizeof(s));
}

/* From the outermost frame inward; inlined ones share an address. */
static uint32_t make_stack(struct firefox_tables *t, uint32_t trace)
{
	const struct history_trace *h = &t->h->traces[trace];
	struct place none = {.function = trace == HISTORY_OTHER
						 ? t->other
						 : "(stack unknown)"};
	uint32_t stack = NONE, depth = 0;
	uint64_t address = UINT64_MAX;

	for (uint32_t i = h->nr_frames; i-- > 0;) {
		const struct place *p = &t->h->frames[h->frames[i]].place;

		depth = p->inlined && stack != NONE ? depth + 1 : 0;
		if (!depth)
			address = p->module ? p->offset : UINT64_MAX;
		stack = add_stack(t, add_frame(t, p, address, depth), stack);
	}
	if (stack == NONE)
		stack = add_stack(t, add_frame(t, &none, UINT64_MAX, 0), NONE);
	return stack;
}

uint32_t firefox_stack(struct firefox_tables *t, uint32_t trace)
{
	if (!t->stack_of[trace])
		t->stack_of[trace] = make_stack(t, trace) + 1;
	return t->stack_of[trace] - 1;
}

/* Numbers at @offset of the rows; @none is what NONE becomes. */
static void put_column(FILE *out, const char *key, const struct intern *in,
		       size_t offset, const char *none)
{
	fprintf(out, ",\"%s\":[", key);
	for (uint32_t i = 0; i < in->nr; i++) {
		uint32_t value;
		size_t n;
		const char *row = intern_get(in, i, &n);

		memcpy(&value, row + offset, sizeof(value));
		fputs(i ? "," : "", out);
		if (value == NONE)
			fputs(none, out);
		else
			fprintf(out, "%u", value);
	}
	fputc(']', out);
}

static void put_addresses(FILE *out, const struct intern *frames)
{
	fputs(",\"address\":[", out);
	for (uint32_t i = 0; i < frames->nr; i++) {
		struct firefox_frame f;
		size_t n;

		memcpy(&f, intern_get(frames, i, &n), sizeof(f));
		fputs(i ? "," : "", out);
		if (f.address == UINT64_MAX)
			fputs("-1", out);
		else
			fprintf(out, "%llu", (unsigned long long)f.address);
	}
	fputc(']', out);
}

/* The same in each row. */
static void put_constant(FILE *out, const char *key, uint32_t nr,
			 const char *value)
{
	fprintf(out, ",\"%s\":[", key);
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, "%s%s", i ? "," : "", value);
	fputc(']', out);
}

static void put_stacks(const struct firefox_tables *t, FILE *out)
{
	const struct intern *in = &t->stacks;

	fprintf(out, "\"stackTable\":{\"length\":%u", in->nr);
	put_column(out, "frame", in, offsetof(struct firefox_stack, frame), "");
	put_column(out, "prefix", in, offsetof(struct firefox_stack, prefix),
		   "null");
	fputc('}', out);
}

static void put_frames(const struct firefox_tables *t, FILE *out)
{
	const struct intern *in = &t->frames;

	fprintf(out, ",\n\"frameTable\":{\"length\":%u", in->nr);
	put_addresses(out, in);
	put_column(out, "inlineDepth", in,
		   offsetof(struct firefox_frame, depth), "");
	put_constant(out, "category", in->nr, "0");
	put_constant(out, "subcategory", in->nr, "0");
	put_column(out, "func", in, offsetof(struct firefox_frame, function),
		   "");
	put_constant(out, "nativeSymbol", in->nr, "null");
	put_constant(out, "innerWindowID", in->nr, "null");
	put_column(out, "line", in, offsetof(struct firefox_frame, line),
		   "null");
	put_constant(out, "column", in->nr, "null");
	fputc('}', out);
}

static void put_functions(const struct firefox_tables *t, FILE *out)
{
	const struct intern *in = &t->functions;

	fprintf(out, ",\n\"funcTable\":{\"length\":%u", in->nr);
	put_column(out, "name", in, offsetof(struct firefox_function, name),
		   "");
	put_constant(out, "isJS", in->nr, "false");
	put_constant(out, "relevantForJS", in->nr, "false");
	put_column(out, "resource", in, offsetof(struct firefox_function, lib),
		   "-1");
	put_column(out, "source", in, offsetof(struct firefox_function, source),
		   "null");
	put_constant(out, "lineNumber", in->nr, "null");
	put_constant(out, "columnNumber", in->nr, "null");
	fputc('}', out);
}

/* A library is a resource of the same number. */
static void put_resources(struct firefox_tables *t, FILE *out)
{
	uint32_t nr = t->libs.nr;

	fprintf(out, ",\n\"resourceTable\":{\"length\":%u,\"lib\":[", nr);
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, "%s%u", i ? "," : "", i);
	fputs("],\"name\":[", out);
	for (uint32_t i = 0; i < nr; i++) {
		size_t n;
		const char *path = intern_get(&t->libs, i, &n);

		fprintf(out, "%s%u", i ? "," : "",
			text(t, frame_basename(path)));
	}
	fputc(']', out);
	put_constant(out, "host", nr, "null");
	put_constant(out, "type", nr, "1");
	fputc('}', out);
}

static void put_sources(const struct firefox_tables *t, FILE *out)
{
	const struct intern *in = &t->sources;

	fprintf(out, ",\n\"sources\":{\"length\":%u", in->nr);
	put_constant(out, "id", in->nr, "null");
	put_column(out, "filename", in, 0, "");
	put_constant(out, "startLine", in->nr, "1");
	put_constant(out, "startColumn", in->nr, "1");
	put_constant(out, "sourceMapURL", in->nr, "null");
	fputc('}', out);
}

static void put_lib(const struct firefox_tables *t, FILE *out, const char *path)
{
	const char *build_id = NULL;

	for (size_t i = 0; i < t->h->nr_modules && !build_id; i++)
		if (!strcmp(t->h->modules[i].path, path))
			build_id = t->h->modules[i].build_id;
	fputs("{\"arch\":\"\",\"breakpadId\":\"\",\"name\":", out);
	json_string(out, frame_basename(path));
	fputs(",\"debugName\":", out);
	json_string(out, frame_basename(path));
	fputs(",\"path\":", out);
	json_string(out, path);
	fputs(",\"debugPath\":", out);
	json_string(out, path);
	fputs(",\"codeId\":", out);
	json_string(out, build_id);
	fputc('}', out);
}

void firefox_tables_put(struct firefox_tables *t, FILE *out)
{
	fputs("\"libs\":[", out);
	for (uint32_t i = 0; i < t->libs.nr; i++) {
		size_t n;

		fputs(i ? ",\n" : "", out);
		put_lib(t, out, intern_get(&t->libs, i, &n));
	}
	fputs("],\n\"shared\":{", out);
	put_stacks(t, out);
	put_frames(t, out);
	put_functions(t, out);
	put_resources(t, out);
	put_sources(t, out);
	fputs(",\n\"nativeSymbols\":{\"length\":0,\"libIndex\":[],\"address\":"
	      "[],\"name\":[],\"functionSize\":[]},\n\"stringArray\":[",
	      out);
	for (uint32_t i = 0; i < t->strings.nr; i++) {
		size_t n;

		fputs(i ? "," : "", out);
		json_string(out, intern_get(&t->strings, i, &n));
	}
	fputs("]}", out);
}

int firefox_tables_init(struct firefox_tables *t, const struct history *h,
			double precision)
{
	*t = (struct firefox_tables){.h = h};
	t->stack_of =
		arena_alloc(&t->arena, h->nr_traces, sizeof(*t->stack_of));
	t->other = arena_printf(&t->arena, "(small ones, by --precision %g)",
				precision);
	return t->stack_of && t->other ? 0 : -ENOMEM;
}

void firefox_tables_fini(struct firefox_tables *t)
{
	intern_fini(&t->strings);
	intern_fini(&t->libs);
	intern_fini(&t->sources);
	intern_fini(&t->functions);
	intern_fini(&t->frames);
	intern_fini(&t->stacks);
	arena_fini(&t->arena);
}
