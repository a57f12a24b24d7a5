/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "format/varint.h"

#include "html_stacks.h"
#include "name.h"

#define SHORT_NAME 48u /* columns of names in narrow places */

/* What makes two calls the same. */
struct call {
	uint32_t parent; /* node */
	uint32_t line;	 /* as it is written, with `inlined` */
};

int html_stacks_init(struct html_stacks *s, const struct history *h)
{
	*s = (struct html_stacks){.h = h};
	s->line = calloc(h->nr_groups[HISTORY_LINE] + 1, sizeof(*s->line));
	s->function = calloc(h->nr_groups[HISTORY_FUNCTION] + 1,
			     sizeof(*s->function));
	return s->line && s->function ? 0 : -ENOMEM;
}

void html_stacks_fini(struct html_stacks *s)
{
	bytes_fini(&s->out);
	intern_fini(&s->nodes);
	intern_fini(&s->strings);
	free(s->line);
	free(s->function);
}

static void put_number(struct html_stacks *s, uint64_t n)
{
	s->out.n += varint_put(bytes_room(&s->out, VARINT_MAX), n);
}

static int put_string(struct html_stacks *s, const char *text)
{
	uint32_t number, next = s->strings.nr;
	size_t n = text ? strlen(text) : 0;
	int err;

	if (!text) {
		put_number(s, 0);
		return 0;
	}
	err = intern_add(&s->strings, text, n, &number);
	if (err)
		return err;
	put_number(s, number + 1);
	if (number == next) {
		put_number(s, n);
		bytes_add(&s->out, text, n);
	}
	return 0;
}

static int put_function(struct html_stacks *s, const struct history_frame *f)
{
	char name[NAME_BYTES], path[NAME_BYTES];
	int err;

	put_number(s, f->place.kind == PLACE_CUT ? HTML_CUT
		      : f->wrapper		 ? HTML_WRAPPER
						 : HTML_FUNCTION);
	name_place(name, &f->place, NAME_BYTES, true);
	err = put_string(s, name);
	if (err)
		return err;
	name_place(name, &f->place, SHORT_NAME, true);
	err = put_string(s, name);
	if (err || !f->place.module)
		return err ? err : put_string(s, NULL);
	name_text(path, f->place.module, NAME_BYTES, true);
	return put_string(s, path);
}

static int put_line(struct html_stacks *s, const struct history_frame *f)
{
	uint32_t *function = &s->function[f->group[HISTORY_FUNCTION]];
	char file[NAME_BYTES];
	int err = 0;

	if (*function) {
		put_number(s, *function - 1);
	} else {
		put_number(s, s->nr_functions);
		*function = ++s->nr_functions;
		err = put_function(s, f);
	}
	if (err)
		return err;
	if (f->place.file)
		name_text(file, f->place.file, NAME_BYTES, true);
	err = put_string(s, f->place.file ? file : NULL);
	put_number(s, f->place.line);
	return err;
}

/* The number of a frame's line as it is written; @is_new: with its line. */
static uint32_t find_line(struct html_stacks *s, const struct history_frame *f,
			  bool *is_new)
{
	uint32_t *line = &s->line[f->group[HISTORY_LINE]];

	*is_new = !*line;
	if (*is_new)
		*line = ++s->nr_lines;
	return (*line - 1) * 2 + f->place.inlined;
}

static const struct history_frame *frame_of(const struct html_stacks *s,
					    const struct history_trace *t,
					    uint32_t depth)
{
	return &s->h->frames[t->frames[t->nr_frames - 1 - depth]];
}

/* How many frames of @t, outermost first, are in the tree; @node: the last. */
static int find_known(struct html_stacks *s, const struct history_trace *t,
		      uint32_t *depth, uint32_t *node)
{
	uint32_t known = s->nodes.nr;

	*node = 0;
	for (*depth = 0; *depth < t->nr_frames; ++*depth) {
		const struct history_frame *f = frame_of(s, t, *depth);
		uint32_t line = s->line[f->group[HISTORY_LINE]], number;
		struct call call = {*node, (line - 1) * 2 + f->place.inlined};
		int err;

		if (!line)
			break;
		err = intern_add(&s->nodes, &call, sizeof(call), &number);
		if (err)
			return err;
		if (number == known)
			break; /* added just now: put_calls() finds it there */
		*node = number + 1;
	}
	return 0;
}

static int put_calls(struct html_stacks *s, const struct history_trace *t,
		     uint32_t depth, uint32_t node)
{
	for (; depth < t->nr_frames; depth++) {
		const struct history_frame *f = frame_of(s, t, depth);
		struct call call = {.parent = node};
		bool is_new;
		int err;

		call.line = find_line(s, f, &is_new);
		put_number(s, call.line);
		err = is_new ? put_line(s, f) : 0;
		if (!err)
			err = intern_add(&s->nodes, &call, sizeof(call), &node);
		if (err)
			return err;
		node++;
	}
	return 0;
}

int html_stacks_put(struct html_stacks *s, const struct history_trace *t)
{
	uint32_t depth, node;
	int err = find_known(s, t, &depth, &node);

	if (err)
		return err;
	put_number(s, node);
	put_number(s, t->nr_frames - depth);
	err = put_calls(s, t, depth, node);
	put_number(s, t->site);
	return err ? err : s->out.failed ? -ENOMEM : 0;
}
