/* SPDX-License-Identifier: MIT */

/*
 * The frame around everything in .hpm and .hpd; heapprof-format(5), BLOCKS.
 */

#include <assert.h>

#include "format.h"

static_assert(sizeof(struct block_header) == 64, "heapprof-format(5)");
static_assert(BLOCK_PAYLOAD % 64 == 0, "heapprof-format(5)");

uint32_t block_crc(const struct block_header *b)
{
	struct block_header h = *b;

	h.crc = 0;
	h.flags = 0;
	return block_crc32c(block_crc32c(0, &h, sizeof(h)), b + 1, b->used);
}

void block_seal(struct block_header *b)
{
	b->crc = block_crc(b);
	__atomic_store_n(&b->flags, BLOCK_SEALED, __ATOMIC_RELEASE);
}

enum format_status block_check(const struct block_header *b, uint64_t profile)
{
	/* A block shows its magic last: until then it has no content. */
	if (b->magic == 0 && b->used == 0)
		return FORMAT_END;
	if (b->magic != BLOCK_MAGIC || b->used > BLOCK_PAYLOAD)
		return FORMAT_DAMAGED;
	if (b->kind < BLOCK_HEADER || b->kind > BLOCK_EVENTS)
		return FORMAT_DAMAGED;
	if (profile != 0 && b->profile != profile)
		return FORMAT_DAMAGED;
	if (b->flags == BLOCK_SEALED)
		return block_crc(b) == b->crc ? FORMAT_OK : FORMAT_DAMAGED;
	return b->flags == 0 ? FORMAT_OK : FORMAT_DAMAGED;
}
