/* SPDX-License-Identifier: MIT */

/*
 * Traces are innermost first and whole each time; the tree is made from the
 * outermost frame inward, where equal beginnings become the same nodes.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/v1.h"
#include "intern.h"
#include "list.h"

#include "say.h"
#include "v1file.h"
#include "v1meta.h"

/* Program, directory, host, and the program again as the only argument. */
#define STRINGS                                                                \
	"(Python heapprof 1.0 profile)\0\0\0"                                  \
	"(Python heapprof 1.0 profile)"

/* A node, as nodes are compared. */
struct key {
	uint32_t parent;
	uint32_t file; /* number of the module */
	uint32_t line;
};

/* What loading keeps to itself. */
struct loader {
	struct v1meta *v;
	struct metadata *m;
	struct intern files, keys;
	struct key *trace; /* the one being read */
	size_t nr_frames, frames_room;
	size_t nodes_room, modules_room, traces_room;
};

bool v1meta_exists(const char *base)
{
	uint8_t start[sizeof(v1_magic)];
	char *path;
	bool is = false;
	int fd = -1;

	if (asprintf(&path, "%s.hpm", base) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		is = pread(fd, start, sizeof(start), 0) == sizeof(start) &&
		     memcmp(start, v1_magic, sizeof(start)) == 0;
		close(fd);
	}
	free(path);
	return is;
}

static enum format_status get_ranges(struct cursor *c, struct hpm_header *h)
{
	enum format_status status = FORMAT_OK;
	struct hpm_range r;
	uint64_t above = 0;

	for (uint32_t i = 0; i < h->nr_ranges && status == FORMAT_OK; i++) {
		status = v1_get_range(c, &r);
		if (status == FORMAT_OK && i > 0 && r.below <= above)
			status = FORMAT_DAMAGED;
		above = r.below;
		if (i < HPM_RANGES_MAX)
			h->range[i] = r;
	}
	return status;
}

static enum format_status get_header(struct v1meta *v, struct cursor *c)
{
	static const char strings[] = STRINGS;
	const uint8_t *start = c->p;
	struct v1_header header = {0};
	enum format_status status = v1_get_header(c, &header);

	static_assert(sizeof(v->room) >= sizeof(v->header) + sizeof(strings),
		      "the strings stand behind the header");
	memset(v->room, 0, sizeof(v->room));
	v->header.start_ns = header.start_ns;
	v->header.nr_ranges = header.nr_ranges;
	v->header.argc = 1;
	v->header.strings = sizeof(strings);
	memcpy(&v->header + 1, strings, sizeof(strings));
	if (status == FORMAT_OK)
		status = get_ranges(c, &v->header);
	v->profile = v->header.start_ns ^
		     (uint64_t)block_crc32c(0, start, (size_t)(c->p - start))
			     << 32;
	return status;
}

/* @at: how far reading came. */
static int check_header(const struct v1meta *v, enum format_status status,
			size_t at, const struct heapprof_listener *listener)
{
	if (status == FORMAT_TRUNCATED)
		return say_error(listener, -EBADMSG,
				 "%s: cut within its header, at offset %llu; "
				 "nothing can be read",
				 v->path, (unsigned long long)v->size);
	if (status != FORMAT_OK)
		return say_error(listener, -EBADMSG,
				 "%s: damaged header at offset %zu; nothing "
				 "can be read",
				 v->path, at);
	if (v->header.nr_ranges > HPM_RANGES_MAX)
		return say_error(listener, -ENOTSUP,
				 "%s: %u ranges of sampling, and this heapprof "
				 "reads up to %u",
				 v->path, v->header.nr_ranges, HPM_RANGES_MAX);
	return 0;
}

static int load_header(struct v1meta *v, struct cursor *c,
		       const struct heapprof_listener *listener)
{
	const uint8_t *start = c->p;
	enum format_status status = get_header(v, c);

	return check_header(v, status, (size_t)(c->p - start), listener);
}

static int find_file(struct loader *l, const struct v1_frame *f,
		     uint32_t *number)
{
	struct metadata *m = l->m;
	struct metadata_module *module;
	int error = intern_add(&l->files, f->file, f->length, number);

	if (error || (*number)++ < m->nr_modules)
		return error;
	module = list_grow(m->modules, m->nr_modules, &l->modules_room,
			   sizeof(*module));
	if (!module)
		return -ENOMEM;
	m->modules = module;
	module += m->nr_modules;
	*module = (struct metadata_module){.is = {.number = *number},
					   .path = strndup(f->file, f->length),
					   .source = true,
					   .gone_tick = UINT64_MAX};
	if (!module->path)
		return -ENOMEM;
	m->nr_modules++;
	module->is.path = module->path;
	return 0;
}

static int add_node(struct loader *l, const struct key *key, uint32_t *number)
{
	struct metadata *m = l->m;
	struct hpm_node *nodes;
	int error = intern_add(&l->keys, key, sizeof(*key), number);

	if (error || ++*number < m->nr_nodes)
		return error;
	nodes = list_grow(m->nodes, m->nr_nodes, &l->nodes_room,
			  sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	m->nodes = nodes;
	nodes[m->nr_nodes++] = (struct hpm_node){.address = key->line,
						 .parent = key->parent,
						 .module = key->file};
	return 0;
}

static int add_trace(struct loader *l)
{
	struct v1meta *v = l->v;
	uint32_t *nodes = list_grow(v->nodes, v->nr_traces + 1, &l->traces_room,
				    sizeof(*nodes));
	uint32_t node = 0;
	int error = 0;

	if (!nodes)
		return -ENOMEM;
	v->nodes = nodes;
	for (size_t i = l->nr_frames; i-- > 0 && error == 0;) {
		l->trace[i].parent = node;
		error = add_node(l, &l->trace[i], &node);
	}
	if (error)
		return error;
	nodes[++v->nr_traces] = node;
	return 0;
}

/* Reads the frames of the next trace.  END: there was none. */
static int get_trace(struct loader *l, struct cursor *c,
		     enum format_status *status)
{
	struct v1_frame f;
	int error = 0;

	l->nr_frames = 0;
	*status = FORMAT_END;
	if (c->p == c->end)
		return 0;
	while (error == 0 && (*status = v1_get_frame(c, &f)) == FORMAT_OK) {
		struct key *key = list_grow(l->trace, l->nr_frames,
					    &l->frames_room, sizeof(*key));

		if (!key)
			return -ENOMEM;
		l->trace = key;
		key += l->nr_frames++;
		key->line = f.line;
		error = find_file(l, &f, &key->file);
	}
	if (*status == FORMAT_END)
		*status = FORMAT_OK;
	return error;
}

static int load_traces(struct loader *l, struct cursor *c)
{
	const uint8_t *start = c->p - (l->v->size - (uint64_t)(c->end - c->p));
	enum format_status status = FORMAT_OK;
	int error = 0;

	while (error == 0) {
		const uint8_t *trace = c->p;

		error = get_trace(l, c, &status);
		if (error == 0 && status == FORMAT_DAMAGED) {
			l->v->damage = (uint64_t)(trace - start);
			l->m->damaged_bytes = (uint64_t)(c->end - trace);
		}
		if (error || status != FORMAT_OK)
			break;
		error = add_trace(l);
	}
	return error;
}

/* The traces, and what every profile has. */
static int load(struct loader *l, struct cursor *c)
{
	struct metadata *m = l->m;
	int error = 0;

	m->threads = calloc(2, sizeof(*m->threads));
	m->nodes = calloc(1, sizeof(*m->nodes));
	l->v->nodes = calloc(1, sizeof(*l->v->nodes));
	l->nodes_room = l->traces_room = 1;
	if (!m->threads || !m->nodes || !l->v->nodes)
		return -ENOMEM;
	m->nr_threads = 2;
	m->nr_nodes = 1;
	/* How the program ended is not in the file. */
	m->state.end = HPM_EXIT;
	error = load_traces(l, c);
	intern_fini(&l->files);
	intern_fini(&l->keys);
	free(l->trace);
	return error;
}

/* The whole file; *@bytes is malloc()ed. */
static int read_file(struct v1meta *v, const char *base, uint8_t **bytes,
		     const struct heapprof_listener *listener)
{
	struct v1file f;
	int error = v1file_open(&f, base, "hpm", listener);
	size_t n;

	if (error)
		return error;
	/* Each node has three bytes in the file, so they can be numbered. */
	if (f.size > UINT32_MAX)
		error = say_error(listener, -EFBIG, "%s: larger than 4 GiB",
				  f.path);
	*bytes = error ? NULL : v1file_load(&f, &n);
	if (!error && !*bytes)
		error = say_error(listener, -ENOMEM, "%s: out of memory",
				  f.path);
	if (!error && f.error)
		error = say_error(listener, -f.error, "%s: %s", f.path,
				  strerror(f.error));
	if (!error) {
		v->size = n;
		v->path = f.path;
		f.path = NULL;
	}
	v1file_close(&f);
	return error;
}

int v1meta_load(struct v1meta *v, struct metadata *m, const char *base,
		const struct heapprof_listener *listener)
{
	struct loader l = {.v = v, .m = m};
	uint8_t *bytes = NULL;
	struct cursor c;
	int error;

	memset(v, 0, sizeof(*v));
	memset(m, 0, sizeof(*m));
	error = read_file(v, base, &bytes, listener);
	if (error == 0) {
		c = (struct cursor){bytes, bytes + v->size, false};
		error = load_header(v, &c, listener);
	}
	if (error == 0) {
		error = load(&l, &c);
		if (error)
			say_error(listener, error, "%s: out of memory",
				  v->path);
	}
	free(bytes);
	return error;
}

int v1meta_peek(struct v1meta *v, const char *base,
		const struct heapprof_listener *listener)
{
	struct v1file f;
	struct cursor c;
	int error;

	memset(v, 0, sizeof(*v));
	error = v1file_open(&f, base, "hpm", listener);
	if (error)
		return error;
	v->path = f.path;
	f.path = NULL;
	v->size = f.size;
	c = v1file_look(&f, 0, V1FILE_WINDOW);
	error = load_header(v, &c, listener);
	v1file_close(&f);
	return error;
}

void v1meta_fini(struct v1meta *v)
{
	free(v->path);
	free(v->nodes);
	memset(v, 0, sizeof(*v));
}
