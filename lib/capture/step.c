/* SPDX-License-Identifier: MIT */

/*
 * What is rare on the way out of a stack.
 */

#include "step.h"

#include <sys/auxv.h>

#include "sys.h"

#if defined(__x86_64__)
#include <asm/unistd.h>

/* Slots of the kernel's struct ucontext, in words. */
enum { UCONTEXT_RBP = 15, UCONTEXT_RSP = 20, UCONTEXT_RIP = 21 };

/* Nothing else is mapped that far below the top of the first thread's stack:
   Linux keeps 128 MiB free for it at least. */
#define STACK_LEAST (8u << 20)

/* An address that the kernel put above all frames of that stack. */
static uintptr_t stack_top;

void step_init(void)
{
	stack_top = getauxval(AT_RANDOM) & ~(uintptr_t)7;
}

bool step_is_mapped(uintptr_t address)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return stack_top - here < STACK_LEAST && address >= here &&
	       address < stack_top;
}

/*
 * rt_sigprocmask() copies the mask from there before it finds that there is no
 * such operation.
 */
bool step_is_readable(uintptr_t address)
{
	register long size __asm__("r10") = 8;
	long result;

	if (!sys_may())
		return false;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(__NR_rt_sigprocmask), "D"(-1L), "S"(address),
			   "d"(0L), "r"(size)
			 : "rcx", "r11", "memory");
	return result == -22; /* EINVAL; EFAULT if not readable */
}

reads_stack static enum step_result step_indirectly(struct step *w,
						    uint64_t row)
{
	uintptr_t bp = w->f.bp;
	uintptr_t cfa;

	if (!step_is_sane(w, bp - row_cfa(row), w->f.sp) ||
	    !step_is_sane(w, bp, w->f.sp))
		return STEP_END;
	cfa = step_load(bp - row_cfa(row));
	if (!step_is_sane(w, cfa - 8, bp))
		return STEP_END;
	w->f.bp = step_load(bp);
	return step_leave(w, cfa, 0);
}

/* From the handler's return to what was interrupted, on whatever stack. */
reads_stack static enum step_result leave_signal(struct step *w)
{
	const uintptr_t *context = (const uintptr_t *)w->f.sp;

	w->f.bp = context[UCONTEXT_RBP];
	w->f.sp = context[UCONTEXT_RSP];
	w->f.pc = context[UCONTEXT_RIP] + 1;
	w->trusted = 0;
	return STEP_DONE;
}

enum step_result step_by_rest(struct step *w, uint64_t row)
{
	w->how |= STEP_ONCE;
	switch (row_kind(row)) {
	case ROW_INDIRECT:
		return step_indirectly(w, row);
	case ROW_SIGNAL:
		return leave_signal(w);
	case ROW_END:
		w->how |= STEP_NEVER;
		return STEP_END;
	default:
		return STEP_OTHER;
	}
}

enum step_result step_other(struct step *w, uint64_t row)
{
	enum step_result result;
	const uint8_t *fde;

	if (row_kind(row) == ROW_NONE) {
		fde = unwind_registered(w->f.pc - 1);
		if (!fde)
			return STEP_END;
		result = step_by(w, rows_registered(fde, w->f.pc - 1));
		/* The program may take the entry back at any time. */
		w->how |= STEP_ONCE;
		if (result != STEP_OTHER)
			return result;
	}
	return unwind_past(&w->f) ? STEP_DONE : STEP_END;
}

#else

void step_init(void)
{
}

#endif
