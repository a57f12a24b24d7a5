/* SPDX-License-Identifier: MIT */

/*
 * Metadata: heapprof-format(5), METADATA.  Nodes, threads and the state are
 * structs in place; the header has strings behind it; modules and marks are
 * records of varying length.
 */

#include <assert.h>
#include <string.h>

#include "format.h"
#include "varint.h"

static_assert(sizeof(struct hpm_range) == 16, "heapprof-format(5)");
static_assert(sizeof(struct hpm_header) == 576, "heapprof-format(5)");
static_assert(sizeof(struct hpm_state) == 168, "heapprof-format(5)");
static_assert(sizeof(struct hpm_node) == 16, "heapprof-format(5)");
static_assert(sizeof(struct hpm_thread) == 64, "heapprof-format(5)");

static bool ranges_valid(const struct hpm_header *h)
{
	if (h->nr_ranges > HPM_RANGES_MAX)
		return false;
	for (unsigned i = 0; i < h->nr_ranges; i++) {
		double p = h->range[i].probability;

		if (!(p >= 0 && p <= 1))
			return false;
		if (i > 0 && h->range[i].below <= h->range[i - 1].below)
			return false;
	}
	return true;
}

/* program, directory, host and argc arguments, each with its zero byte? */
static bool strings_valid(const struct hpm_header *h, size_t room)
{
	const char *p = (const char *)(h + 1);
	size_t n = 0;

	if (h->strings > room)
		return false;
	for (size_t i = 0; i < h->strings; i++)
		n += p[i] == '\0';
	return n == (size_t)h->argc + 3 && p[h->strings - 1] == '\0';
}

enum format_status hpm_check_header(const struct hpm_header *h, size_t used)
{
	if (used < sizeof(*h))
		return FORMAT_TRUNCATED;
	if (memcmp(h->magic, HPM_MAGIC, sizeof(h->magic)) != 0)
		return FORMAT_DAMAGED;
	if (h->version > HPM_VERSION)
		return FORMAT_NEWER;
	if (h->version < HPM_VERSION || h->tick_shift > 30)
		return FORMAT_DAMAGED;
	if (!ranges_valid(h) || !strings_valid(h, used - sizeof(*h)))
		return FORMAT_DAMAGED;
	return FORMAT_OK;
}

const char *hpm_string(const struct hpm_header *h, unsigned i)
{
	const char *p = (const char *)(h + 1);

	while (i-- > 0)
		p += strlen(p) + 1;
	return p;
}

static size_t put_bytes(uint8_t *out, const void *p, size_t n)
{
	size_t len = varint_put(out, n);

	memcpy(out + len, p, n);
	return len + n;
}

static const uint8_t *get_bytes(struct cursor *c, size_t max, size_t *n)
{
	const uint8_t *p;

	*n = varint_get(c);
	if (*n > max || *n > (size_t)(c->end - c->p)) {
		c->bad = true;
		*n = 0;
	}
	p = c->p;
	c->p += *n;
	return p;
}

size_t hpm_put_module(uint8_t *out, const struct hpm_module *m)
{
	size_t n = varint_put(out, m->number);

	out[n++] = m->gone;
	n += varint_put(out + n, m->tick);
	if (m->gone)
		return n;
	n += varint_put(out + n, m->bias);
	n += varint_put(out + n, m->start);
	n += varint_put(out + n, m->end);
	n += varint_put(out + n, m->file_size);
	n += varint_put(out + n, varint_zigzag(m->file_mtime_ns));
	n += put_bytes(out + n, m->build_id, m->build_id_length);
	n += put_bytes(out + n, m->path, m->path_length);
	return n;
}

static void get_module_body(struct cursor *c, struct hpm_module *m)
{
	const uint8_t *p;
	size_t n;

	m->bias = varint_get(c);
	m->start = varint_get(c);
	m->end = varint_get(c);
	m->file_size = varint_get(c);
	m->file_mtime_ns = varint_unzigzag(varint_get(c));
	p = get_bytes(c, sizeof(m->build_id), &n);
	memcpy(m->build_id, p, n);
	m->build_id_length = (uint8_t)n;
	m->path = (const char *)get_bytes(c, HPM_PATH_MAX, &n);
	m->path_length = (uint16_t)n;
}

enum format_status hpm_get_module(struct cursor *c, struct hpm_module *m)
{
	uint64_t number;

	memset(m, 0, sizeof(*m));
	if (c->p == c->end)
		return FORMAT_END;
	number = varint_get(c);
	if (c->bad || c->p == c->end || *c->p > 1 || number > UINT32_MAX)
		return FORMAT_DAMAGED;
	m->number = (uint32_t)number;
	m->gone = *c->p++;
	m->tick = varint_get(c);
	if (!m->gone)
		get_module_body(c, m);
	return c->bad || m->number == 0 ? FORMAT_DAMAGED : FORMAT_OK;
}

size_t hpm_put_mark(uint8_t *out, const struct hpm_mark *m)
{
	size_t n = varint_put(out, m->tick);

	n += varint_put(out + n, m->thread);
	return n + put_bytes(out + n, m->label, m->label_length);
}

enum format_status hpm_get_mark(struct cursor *c, struct hpm_mark *m)
{
	size_t n;

	memset(m, 0, sizeof(*m));
	if (c->p == c->end)
		return FORMAT_END;
	m->tick = varint_get(c);
	m->thread = (uint32_t)varint_get(c);
	m->label = (const char *)get_bytes(c, HPM_LABEL_MAX, &n);
	m->label_length = (uint16_t)n;
	return c->bad ? FORMAT_DAMAGED : FORMAT_OK;
}
