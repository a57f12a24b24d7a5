/* SPDX-License-Identifier: MIT */

/*
 * Nanoseconds for one stack at several depths, by us and by others.  By hand:
 * make tests/bench/stack && tests/bench/stack
 */

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base.h"
#include "capture/stack.h"
#include "capture/unwind.h"

#define MAX_FRAMES 256
#define NR_WALKS 200000

#define apart __attribute__((noinline))

static char memory[STACK_MEMORY(MAX_FRAMES)];
static struct stack stack;

static apart size_t by_memory(void)
{
	stack_walk(&stack, __builtin_frame_address(0), MAX_FRAMES);
	return stack.nr;
}

static apart size_t by_rows(void)
{
	stack_forget(&stack);
	stack_walk(&stack, __builtin_frame_address(0), MAX_FRAMES);
	return stack.nr;
}

static size_t by_libgcc(void)
{
	uintptr_t pcs[MAX_FRAMES];
	bool cut;

	return unwind_walk(pcs, MAX_FRAMES, &cut);
}

static size_t by_unw_backtrace(void)
{
	void *pcs[MAX_FRAMES];

	return (size_t)unw_backtrace(pcs, MAX_FRAMES);
}

static const struct {
	const char *name;
	size_t (*walk)(void);
	unsigned nr_walks;
} methods[] = {
	{"stack_walk", by_memory, NR_WALKS},
	{"all by rows", by_rows, NR_WALKS},
	{"unw_backtrace", by_unw_backtrace, NR_WALKS},
	{"libgcc", by_libgcc, NR_WALKS / 20},
};

static uint64_t now_ns(void)
{
	struct timespec now;

	/* Others may be at work here. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Two leaves in turn, so that stacks are alike but not the same. */
static apart size_t leaf_a(size_t (*walk)(void))
{
	size_t nr = walk();

	__asm__ volatile("");
	return nr;
}

static apart size_t leaf_b(size_t (*walk)(void))
{
	size_t nr = walk();

	__asm__ volatile("" : "+r"(nr));
	return nr;
}

static void measure(void)
{
	uint64_t start, best;
	size_t nr = 0, i;
	unsigned n, round;

	for (i = 0; i < ARRAY_SIZE(methods); i++) {
		best = UINT64_MAX;
		for (round = 0; round < 5; round++) {
			start = now_ns();
			for (n = 0; n < methods[i].nr_walks; n += 2)
				nr = leaf_a(methods[i].walk) +
				     leaf_b(methods[i].walk);
			best = MIN(best, now_ns() - start);
		}
		printf("%-14s %3zu frames %8.0f ns\n", methods[i].name, nr / 2,
		       (double)best / methods[i].nr_walks);
	}
}

static apart int descend(int depth);

/* One frame in three has a frame pointer. */
static apart int descend_by_rbp(int depth)
{
	volatile char *bytes = __builtin_alloca((size_t)depth);

	bytes[0] = 0;
	return descend(depth - 1) + bytes[0];
}

static apart int descend(int depth)
{
	volatile int kept = depth;

	if (depth == 0)
		measure();
	else if (depth % 3 == 0)
		descend_by_rbp(depth);
	else
		descend(depth - 1);
	return kept;
}

int main(void)
{
	stack_init();
	stack_use(&stack, memory, MAX_FRAMES);
	descend(1);
	descend(14);
	descend(53);
	return 0;
}
