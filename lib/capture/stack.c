/* SPDX-License-Identifier: MIT */

/*
 * One frame at a time by the rows of rows.h; what they cannot say, by unwind.h.
 *
 * With tables that tell the truth, every slot read is one that the frame wrote.
 * Hand-written code whose table is wrong can leave anything in rbp, so an
 * address that came from rbp is believed only if it is a page at most beyond
 * one known good, or the kernel says that it can be read.
 *
 * No state of its own.  A later walk that only verifies what it knows can
 * remember struct unwind_frame and step() from any of them.
 */

#include "base.h"

#include "rows.h"
#include "stack.h"
#include "unwind.h"

#if defined(__x86_64__)
#include <asm/unistd.h>

/* The stack is read where no variable of ours is. */
#define reads_stack __attribute__((no_sanitize("address")))

/* Slots of the kernel's struct ucontext, in words. */
enum { UCONTEXT_RBP = 15, UCONTEXT_RSP = 20, UCONTEXT_RIP = 21 };

/*
 * True if the word at @address can be read.  rt_sigprocmask() copies the mask
 * from there before it finds that there is no such operation.
 */
static cold bool is_readable(uintptr_t address)
{
	register long size __asm__("r10") = 8;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(__NR_rt_sigprocmask), "D"(-1L), "S"(address),
			   "d"(0L), "r"(size)
			 : "rcx", "r11", "memory");
	return result == -22; /* EINVAL; EFAULT if not readable */
}

/* Whether a word at @address, said to be above @sp, may be read. */
static inline bool is_sane(uintptr_t address, uintptr_t sp)
{
	if (address % 8 != 0 || address < sp)
		return false;
	return likely(address - sp < 4096) || is_readable(address);
}

reads_stack static inline uintptr_t load(uintptr_t address)
{
	return *(const uintptr_t *)address;
}

/* Leaves a frame whose CFA is known. */
reads_stack static inline void leave(struct unwind_frame *f, uintptr_t cfa,
				     uintptr_t bp)
{
	if (bp != 0)
		f->bp = load(cfa - bp);
	f->pc = load(cfa - 8);
	f->sp = cfa;
}

reads_stack static inline bool leave_bp(struct unwind_frame *f, uint64_t row)
{
	uintptr_t cfa = f->bp + row_cfa(row);

	if (!is_sane(cfa - 8, f->sp) ||
	    (row_bp(row) != 0 && !is_sane(cfa - row_bp(row), f->sp)))
		return false;
	leave(f, cfa, row_bp(row));
	return true;
}

reads_stack static bool leave_indirect(struct unwind_frame *f, uint64_t row)
{
	uintptr_t cfa;

	if (!is_sane(f->bp - row_cfa(row), f->sp) || !is_sane(f->bp, f->sp))
		return false;
	cfa = load(f->bp - row_cfa(row));
	if (!is_sane(cfa - 8, f->bp))
		return false;
	f->bp = load(f->bp);
	leave(f, cfa, 0);
	return true;
}

/* From the handler's return to what was interrupted, on whatever stack. */
reads_stack static void leave_signal(struct unwind_frame *f)
{
	const uintptr_t *context = (const uintptr_t *)f->sp;

	f->bp = context[UCONTEXT_RBP];
	f->sp = context[UCONTEXT_RSP];
	f->pc = context[UCONTEXT_RIP] + 1;
}

static cold bool leave_other(struct unwind_frame *f, uint64_t row,
			     const uintptr_t *pcs, size_t nr);

/* Replaces @f, the last of @pcs, by its caller; false if there is none. */
static inline bool step(struct unwind_frame *f, uint64_t row,
			const uintptr_t *pcs, size_t nr)
{
	switch (row_kind(row)) {
	case ROW_SP:
		leave(f, f->sp + row_cfa(row), row_bp(row));
		return true;
	case ROW_BP:
		return leave_bp(f, row);
	case ROW_INDIRECT:
		return leave_indirect(f, row);
	case ROW_SIGNAL:
		leave_signal(f);
		return true;
	case ROW_END:
		return false;
	default:
		return leave_other(f, row, pcs, nr);
	}
}

static cold bool leave_other(struct unwind_frame *f, uint64_t row,
			     const uintptr_t *pcs, size_t nr)
{
	const uint8_t *fde;

	if (unwind_busy(pcs, nr))
		return false;
	if (row_kind(row) == ROW_NONE) {
		fde = unwind_registered(f->pc - 1);
		if (!fde)
			return false;
		row = rows_registered(fde, f->pc - 1);
		if (row_kind(row) != ROW_OTHER)
			return step(f, row, pcs, nr);
	}
	return unwind_past(f);
}

reads_stack static size_t walk(struct unwind_frame f, uintptr_t *pcs,
			       size_t max, bool *cut)
{
	struct rows_module module = {0};
	size_t nr = 0;

	*cut = false;
	while (f.pc != 0) {
		if (nr == max) {
			*cut = true;
			break;
		}
		pcs[nr++] = f.pc;
		if (!step(&f, rows_find(f.pc - 1, &module), pcs, nr))
			break;
	}
	return nr;
}

/* The frame pointer that this asks for puts the caller's rbp at a known place.
 */
reads_stack __attribute__((noinline)) size_t stack_walk(uintptr_t *pcs,
							size_t max, bool *cut)
{
	const uintptr_t *frame = __builtin_frame_address(0);
	struct unwind_frame caller = {
		.pc = frame[1],
		.sp = (uintptr_t)(frame + 2),
		.bp = frame[0],
	};

	if (!rows_supported())
		return unwind_walk(pcs, max, cut);
	return walk(caller, pcs, max, cut);
}

#else

size_t stack_walk(uintptr_t *pcs, size_t max, bool *cut)
{
	return unwind_walk(pcs, max, cut);
}

#endif

void stack_init(void)
{
	unwind_init();
	rows_init();
}

void stack_unloaded(void)
{
	rows_clear();
}
