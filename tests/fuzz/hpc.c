/* SPDX-License-Identifier: MIT */

/*
 * The digest, BASE.hpc.
 *
 * Input: a choice, and a byte.  Odd: what follows is the file.  Else: the
 * header, three bytes with the length of the snapshots, the snapshots, and the
 * sections; their checksums, which are also in the instants, are put right.
 */

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "format/hpc.h"

#include "fuzz.h"

static void put_number(struct bytes *b, uint64_t v)
{
	b->n += varint_put(bytes_room(b, VARINT_MAX), v);
}

/* The instants of @c, with the checksums of what they refer to in @file. */
static void put_instants(struct bytes *out, struct cursor *c, uint64_t count,
			 const struct bytes *file)
{
	struct hpc_instant i, before;
	struct bytes section = {0};

	for (uint64_t k = 0; k < count && c->p < c->end; k++) {
		hpc_get_instant(c, &i, k > 0 ? &before : NULL);
		if (c->bad)
			break;
		if (i.offset <= file->n && i.length <= file->n - i.offset)
			i.crc = block_crc32c(0, file->p + i.offset, i.length);
		section.n += hpc_put_instant(bytes_room(&section, 512), &i,
					     k > 0 ? &before : NULL);
		before = i;
	}
	bytes_add(&section, c->p, (size_t)(c->end - c->p));
	put_number(out, section.n);
	bytes_add(out, section.p, section.n);
	bytes_fini(&section);
}

static void put_sections(struct bytes *out, struct cursor *in,
			 const struct bytes *file)
{
	while (in->p < in->end) {
		const uint8_t *start = in->p;
		uint64_t kind = varint_get(in), count = varint_get(in);
		uint64_t length = varint_get(in);
		struct cursor section;

		if (in->bad) {
			bytes_add(out, start, (size_t)(in->end - start));
			break;
		}
		section = fuzz_take(in, length);
		put_number(out, kind);
		put_number(out, count);
		if (kind == HPC_INSTANTS) {
			put_instants(out, &section, count, file);
			continue;
		}
		put_number(out, length);
		bytes_add(out, section.p, (size_t)(section.end - section.p));
	}
}

static void put_trailer(struct bytes *file, uint64_t sections)
{
	struct hpc_trailer t = {.sections = sections,
				.length = file->n - sections};

	t.sections_crc = block_crc32c(0, file->p + sections, t.length);
	hpc_seal_trailer(&t);
	bytes_add(file, &t, sizeof(t));
}

static void compose(struct cursor *in)
{
	struct cursor part = fuzz_take(in, sizeof(struct hpc_header));
	struct bytes file = {0}, sections = {0};
	struct hpc_header h = {0};

	memcpy(&h, part.p, (size_t)(part.end - part.p));
	hpc_seal_header(&h);
	bytes_add(&file, &h, sizeof(h));
	part = fuzz_take(in, fuzz_number(in, 3));
	bytes_add(&file, part.p, (size_t)(part.end - part.p));
	put_sections(&sections, in, &file);
	bytes_add(&file, sections.p, sections.n);
	put_trailer(&file, file.n - sections.n);
	fuzz_write("hpc", file.p, file.n);
	bytes_fini(&sections);
	bytes_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = {data, data + size, false};
	struct fuzz_choice choice = fuzz_choose(&in);

	if (fuzz_number(&in, 1) & 1)
		fuzz_write("hpc", in.p, (size_t)(in.end - in.p));
	else
		compose(&in);
	fuzz_digest(&choice);
	return 0;
}
