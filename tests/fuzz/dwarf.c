/* SPDX-License-Identifier: MIT */

/*
 * Input: the ELF file of a module, in which only debug information is changed:
 * what would be wrong elsewhere keeps a fuzzer from getting there.
 */

#include <elf.h>
#include <string.h>

#include "base.h"

#include "fuzz.h"
#include "module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	module_look_up(data, size);
	return 0;
}

/* libFuzzer's; in a plain build there is none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
	__attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed);

static bool is_debug(const uint8_t *data, size_t size, const Elf64_Shdr *names,
		     const Elf64_Shdr *s)
{
	static const char prefix[] = ".debug_";
	size_t at = names->sh_offset + s->sh_name;

	return s->sh_type != SHT_NOBITS && s->sh_size > 0 &&
	       s->sh_offset < size && s->sh_size <= size - s->sh_offset &&
	       at < size && size - at > sizeof(prefix) &&
	       memcmp(data + at, prefix, sizeof(prefix) - 1) == 0;
}

/* Picks one of the sections with debug information; 0: there is none. */
static size_t pick(const uint8_t *data, size_t size, unsigned seed,
		   Elf64_Shdr *out)
{
	Elf64_Shdr names, s;
	Elf64_Ehdr h;
	size_t n = 0;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	if (h.e_shoff > size || h.e_shstrndx >= h.e_shnum ||
	    (size - h.e_shoff) / sizeof(s) < h.e_shnum)
		return 0;
	memcpy(&names, data + h.e_shoff + h.e_shstrndx * sizeof(s), sizeof(s));
	for (unsigned i = 0; i < h.e_shnum; i++) {
		memcpy(&s, data + h.e_shoff + i * sizeof(s), sizeof(s));
		if (is_debug(data, size, &names, &s) && seed % ++n == 0)
			*out = s;
	}
	return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed)
{
	Elf64_Shdr s = {0};

	if (!LLVMFuzzerMutate || pick(data, size, seed, &s) == 0)
		return size <= max ? size : max;
	LLVMFuzzerMutate(data + s.sh_offset, s.sh_size, s.sh_size);
	return size;
}
