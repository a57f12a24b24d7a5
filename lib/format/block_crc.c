/* SPDX-License-Identifier: MIT */

/*
 * CRC-32C, Castagnoli's polynomial, because processors have an instruction for
 * it.  Those that lack it, and other architectures, go by tables.
 */

#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "format.h"

#define POLYNOMIAL 0x82f63b78u /* bits reversed */

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
uint32_t block_crc32c_by_tables(uint32_t crc, const void *p, size_t n)
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

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_instruction(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *s = p;
	uint64_t sum = ~crc;

	for (; n >= 8; n -= 8, s += 8) {
		uint64_t bytes;

		memcpy(&bytes, s, 8);
		sum = __builtin_ia32_crc32di(sum, bytes);
	}
	for (; n > 0; n--)
		sum = __builtin_ia32_crc32qi((uint32_t)sum, *s++);
	return ~(uint32_t)sum;
}

/* Asked once: CPUID is slow, most of all in a virtual machine. */
static bool has_instruction(void)
{
	static int known; /* 1: no, 2: yes; racing threads find the same */
	int is = __atomic_load_n(&known, __ATOMIC_RELAXED);
	unsigned a, b, c, d;

	if (likely(is))
		return is == 2;
	__cpuid(1, a, b, c, d);
	is = c & bit_SSE4_2 ? 2 : 1;
	__atomic_store_n(&known, is, __ATOMIC_RELAXED);
	return is == 2;
}
#endif

uint32_t block_crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
	if (has_instruction())
		return crc32c_by_instruction(crc, p, n);
#endif
	return block_crc32c_by_tables(crc, p, n);
}
