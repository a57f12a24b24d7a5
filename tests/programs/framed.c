/* SPDX-License-Identifier: MIT */
#include <alloca.h>
#include <stdlib.h>
#include <string.h>

/*
 * Functions whose frame is found by rbp alone, as their stack has grown by what
 * nobody knows, allocate with each function that there is.  Whoever takes the
 * stack must have rbp as it was: the registers that a callee saves first are
 * full of other addresses, where reading on is no error.
 */

static void *kept[16];
static unsigned nr_kept;

#if defined(__x86_64__)
#define FILL_REGISTERS(p)                                                      \
	__asm__ volatile("mov %0, %%r12; mov %0, %%r13; mov %0, %%r14;"        \
			 "mov %0, %%r15; mov %0, %%rbx"                        \
			 :                                                     \
			 : "r"(p)                                              \
			 : "r12", "r13", "r14", "r15", "rbx")
#else
#define FILL_REGISTERS(p) (void)(p)
#endif

/* @name allocates so, with @size bytes more on the stack. */
#define ALLOCATE(name, expression)                                             \
	static __attribute__((noinline)) void name(size_t size, void *block)   \
	{                                                                      \
		char *grown = alloca(size);                                    \
                                                                               \
		memset(grown, 0, size);                                        \
		FILL_REGISTERS(block);                                         \
		kept[nr_kept++] = expression;                                  \
		__asm__ volatile("" : : "r"(grown) : "memory");                \
	}

ALLOCATE(by_malloc, malloc(1000))
ALLOCATE(by_calloc, calloc(10, 100))
ALLOCATE(by_realloc, realloc(NULL, 1000))
ALLOCATE(by_reallocarray, reallocarray(NULL, 10, 100))
ALLOCATE(by_aligned_alloc, aligned_alloc(64, 1024))

int main(int argc, char **argv)
{
	/* Zeros: the end of a stack, where it is taken for one. */
	void *block = calloc(1, 65536);
	size_t size = (size_t)argc * 100;

	(void)argv;
	by_malloc(size, block);
	by_calloc(size, block);
	by_realloc(size, block);
	by_reallocarray(size, block);
	by_aligned_alloc(size, block);
	for (unsigned i = 0; i < nr_kept; i++)
		if (kept[i] == NULL)
			return 2;
	return 0;
}
