/* SPDX-License-Identifier: MIT */

/*
 * The frame around everything in .hpm and .hpd; heapprof-format(5), BLOCKS.
 */

#include <assert.h>
#include <string.h>

#include "format.h"

static_assert(sizeof(struct block_header) == 64, "heapprof-format(5)");
static_assert(BLOCK_PAYLOAD % 64 == 0, "heapprof-format(5)");

#define POLYNOMIAL 0x82f63b78u /* Castagnoli, bits reversed */

static const uint32_t *crc_table(void)
{
	static uint32_t table[8][256];
	static int ready; /* racing threads write the same numbers */

	if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		return table[0];
	for (unsigned i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][i] = crc;
	}
	for (unsigned i = 0; i < 256; i++) {
		for (int k = 1; k < 8; k++) {
			uint32_t crc = table[k - 1][i];

			table[k][i] = (crc >> 8) ^ table[0][crc & 0xff];
		}
	}
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	return table[0];
}

/* Eight bytes a step, by eight tables ("slicing by 8", Kounavis, Berry). */
uint32_t block_crc32c(uint32_t crc, const void *p, size_t n)
{
	const uint32_t *t = crc_table();
	const uint8_t *s = p;

	crc = ~crc;
	for (; n >= 8; n -= 8, s += 8) {
		uint32_t low, high;

		memcpy(&low, s, 4);
		memcpy(&high, s + 4, 4);
		low ^= crc;
		crc = t[7 * 256 + (low & 0xff)] ^
		      t[6 * 256 + ((low >> 8) & 0xff)] ^
		      t[5 * 256 + ((low >> 16) & 0xff)] ^
		      t[4 * 256 + (low >> 24)] ^ t[3 * 256 + (high & 0xff)] ^
		      t[2 * 256 + ((high >> 8) & 0xff)] ^
		      t[256 + ((high >> 16) & 0xff)] ^ t[high >> 24];
	}
	for (; n > 0; n--)
		crc = (crc >> 8) ^ t[(crc ^ *s++) & 0xff];
	return ~crc;
}

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
