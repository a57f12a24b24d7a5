/* SPDX-License-Identifier: MIT */

/* Packed blocks to a file of slots. */

#include <stdlib.h>
#include <string.h>

#include "format/format.h"

#include "fuzz.h"

#define SLOTS_MAX 64

/* Returns the bytes of the file that this block is. */
static size_t unpack(struct cursor *in, uint8_t *out)
{
	struct block_header *h = (struct block_header *)out;
	unsigned how = (unsigned)fuzz_number(in, 1);
	size_t length = fuzz_number(in, 2);
	struct cursor bytes = fuzz_take(in, MIN(length, BLOCK_SIZE));
	size_t n = (size_t)(bytes.end - bytes.p);

	memset(out, 0, BLOCK_SIZE);
	memcpy(out, bytes.p, n);
	if (!(how & FUZZ_RAW)) {
		h->magic = BLOCK_MAGIC;
		h->profile = FUZZ_PROFILE;
		if (how & FUZZ_USED)
			h->used = (uint32_t)(n - MIN(n, sizeof(*h)));
	}
	if ((how & FUZZ_SEALED) && h->used <= BLOCK_PAYLOAD)
		block_seal(h);
	return how & FUZZ_CUT ? n : BLOCK_SIZE;
}

static void write_slots(const char *suffix, struct cursor *in)
{
	uint8_t *out = malloc(SLOTS_MAX * BLOCK_SIZE);
	size_t n = 0;

	if (!out)
		abort();
	for (int i = 0; i < SLOTS_MAX && in->p < in->end; i++) {
		size_t length = unpack(in, out + n);

		n += length;
		if (length < BLOCK_SIZE)
			break;
	}
	fuzz_write(suffix, out, n);
	free(out);
}

void fuzz_slots(const char *suffix, void (*make_rest)(void),
		const uint8_t *data, size_t size)
{
	static bool made;
	struct cursor in = {data, data + size, false};
	struct fuzz_choice choice = fuzz_choose(&in);

	fuzz_start();
	if (!made)
		make_rest();
	made = true;
	write_slots(suffix, &in);
	fuzz_profile(&choice);
}
