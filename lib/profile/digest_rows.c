/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "digest_file.h"
#include "digest_rows.h"
#include "say.h"

/* Another array with room for @n elements, for one that has less. */
static int make_room(const struct digest_rows *rows, void **array, size_t *room,
		     size_t n, size_t size)
{
	size_t more = MAX(n, *room + *room / 2) + 1;

	if (n < *room)
		return 0;
	if (!rows->arena)
		free(*array);
	*array = rows->arena ? arena_alloc(rows->arena, more, size)
			     : malloc(more * size);
	*room = *array ? more : 0;
	return *array ? 0 : -ENOMEM;
}

static int make_usage_room(struct digest_rows *rows, size_t n)
{
	void *usage = rows->usage;
	int error =
		make_room(rows, &usage, &rows->room, n, sizeof(*rows->usage));

	rows->usage = usage;
	return error;
}

static int decode_usage(const struct digest *d, struct cursor *c, size_t n,
			const bool *wanted, struct digest_rows *rows)
{
	struct digest_usage *out = rows->usage;
	uint32_t before = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t trace = hpc_get_usage_trace(c, before);
		struct hpc_usage u;

		if (c->bad || trace >= d->nr_traces)
			return -EBADMSG;
		before = trace + 1;
		if (wanted && !wanted[trace]) {
			hpc_skip_usage_sums(c);
			continue;
		}
		hpc_get_usage_sums(c, &u);
		out->trace = trace;
		out->live = digest_file_sum(&u.live);
		out->allocated = digest_file_sum(&u.allocated);
		out->freed = digest_file_sum(&u.freed);
		out++;
	}
	rows->n = (size_t)(out - rows->usage);
	return c->p == c->end && !c->bad ? 0 : -EBADMSG;
}

/* The bytes are those of the snapshot, checked. */
static int decode(const struct digest *d, size_t length, const bool *wanted,
		  struct digest_rows *rows)
{
	struct cursor c = {rows->bytes, rows->bytes + length, false};
	uint64_t count = varint_get(&c);
	int error;

	/* A record has four bytes at least. */
	if (c.bad || count > length / 4)
		return -EBADMSG;
	error = make_usage_room(rows, count);
	return error ? error : decode_usage(d, &c, count, wanted, rows);
}

static int read_file(const struct digest_file *f, size_t index,
		     const bool *wanted, struct digest_rows *rows)
{
	const struct digest_extent *i = &f->snapshots[index];
	void *bytes = rows->bytes;
	int error = make_room(rows, &bytes, &rows->room_bytes, i->length, 1);

	rows->bytes = bytes;
	if (error == 0)
		error = digest_file_read(f, i->offset, rows->bytes, i->length);
	if (error == 0 && block_crc32c(0, rows->bytes, i->length) != i->crc)
		error = -EBADMSG;
	if (error == 0)
		error = decode(&f->digest, i->length, wanted, rows);
	if (error == -EBADMSG)
		digest_file_damaged(f, i->offset, "snapshot");
	else if (error)
		say_error(f->listener, error, "%s: %s", f->path,
			  strerror(-error));
	return error;
}

/* Of several processes, or made in memory. */
static int copy_wanted(const struct digest *d, size_t index, const bool *wanted,
		       struct digest_rows *rows)
{
	struct digest_usage *usage;
	size_t n;
	int error = digest_snapshot(d, index, &usage, &n);

	if (error)
		return error;
	error = make_usage_room(rows, n);
	rows->n = 0;
	for (size_t i = 0; i < n && error == 0; i++)
		if (!wanted || wanted[usage[i].trace])
			rows->usage[rows->n++] = usage[i];
	free(usage);
	return error;
}

int digest_rows_read(const struct digest *d, size_t index, const bool *wanted,
		     struct digest_rows *rows)
{
	if (index >= d->nr_instants)
		return -EINVAL;
	return d->file ? read_file(d->file, index, wanted, rows)
		       : copy_wanted(d, index, wanted, rows);
}
