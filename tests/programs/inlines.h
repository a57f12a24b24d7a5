/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What programs say about themselves, for tests/integration/symbols.sh: each
 * call of show() prints the address it was called from, and the functions and
 * lines that are there, in the format of tests/programs/symbolize.  C and C++.
 */
#include <elf.h>
#include <inttypes.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>

#define INLINE static inline __attribute__((always_inline))
#define INLINE_METHOD inline __attribute__((always_inline))

#if defined(__clang__)
#define OUTLINE __attribute__((noinline))
#define OPAQUE __attribute__((noinline, optnone))
#else
#define OUTLINE __attribute__((noinline, noclone))
#define OPAQUE __attribute__((noipa))
#endif

/* After a call: it is not the last thing that the function does. */
#define STAY __asm__ volatile("")

struct line {
	const char *function;
	int line;
};

extern const char __executable_start[];
extern const char __ehdr_start[];

/* Frames from inside out; only the last is not inlined. */
static OPAQUE void show(const struct line *lines, int n)
{
	uintptr_t at = (uintptr_t)__builtin_return_address(0) - 1;

	if (((const ElfW(Ehdr) *)(const void *)__ehdr_start)->e_type == ET_DYN)
		at -= (uintptr_t)__executable_start;
	printf("0x%" PRIxPTR "\n", at);
	for (int i = 0; i < n; i++)
		printf("%s\t%s:%d\t%s\n", lines[i].function, __BASE_FILE__,
		       lines[i].line, i + 1 < n ? "inlined" : "");
}
