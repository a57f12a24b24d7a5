/* SPDX-License-Identifier: MIT */
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <stdlib.h>
#include <unwind.h>

#include "truth.h"

/*
 * A program with libunwind, which defines libgcc's _Unwind_Backtrace() as well,
 * uses both and allocates from where they are at work.
 */

#define apart __attribute__((noinline))

static struct truth truth;

static void allocate(size_t size)
{
	void *p = malloc(size);

	truth_alloc(&truth, size);
	free(p);
	truth_free(&truth, size);
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *count)
{
	(void)context;
	allocate(100);
	++*(int *)count;
	return _URC_NO_REASON;
}

static int count_steps(void)
{
	unw_context_t context;
	unw_cursor_t cursor;
	int n = 0;

	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	do {
		allocate(200);
		n++;
	} while (unw_step(&cursor) > 0);
	return n;
}

static apart void look(void)
{
	char line[80];
	void *pcs[100];
	int frames = 0;

	_Unwind_Backtrace(visit, &frames);
	snprintf(line, sizeof(line), "%d steps, %d, %d\n", frames,
		 count_steps(), unw_backtrace(pcs, 100));
	say(line);
}

static apart int deeper(int depth)
{
	allocate(300);
	if (depth > 0)
		depth = deeper(depth - 1) + 1;
	else
		look();
	__asm__ volatile("" : "+r"(depth));
	return depth;
}

int main(void)
{
	for (int i = 0; i < 20; i++)
		deeper(i);
	unw_flush_cache(unw_local_addr_space, 0, 0);
	deeper(20);
	truth_print(&truth);
	return 0;
}
