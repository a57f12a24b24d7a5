/* SPDX-License-Identifier: MIT */

/*
 * One frame at a time by the rows of rows.h; what they cannot say, by unwind.h.
 *
 * With tables that tell the truth, every slot read is one that the frame wrote.
 * Where a table is wrong, as some are of hand-written code, rbp can be anything
 * and rsp a little off.  So an address is believed only if it is a page at most
 * above the stack pointer, or the kernel says that it can be read.  A signal
 * can come between any two instructions, and there are more wrong tables for
 * those that call nothing: beyond its frame the kernel is asked each time.
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

struct walk {
	struct unwind_frame f;
	uintptr_t trusted; /* bytes above f.sp that are read unasked */
};

/* Whether the word at @address, said to be at or above @sp, may be read. */
static inline bool is_sane(const struct walk *w, uintptr_t address,
			   uintptr_t sp)
{
	if (address % 8 != 0 || address < sp)
		return false;
	return likely(address - sp < w->trusted) || is_readable(address);
}

reads_stack static inline uintptr_t load(uintptr_t address)
{
	return *(const uintptr_t *)address;
}

/* Leaves a frame whose CFA is known, and known to be good. */
reads_stack static inline void leave(struct walk *w, uintptr_t cfa,
				     uintptr_t bp)
{
	if (bp != 0)
		w->f.bp = load(cfa - bp);
	w->f.pc = load(cfa - 8);
	w->f.sp = cfa;
}

reads_stack static inline bool leave_sp(struct walk *w, uint64_t row)
{
	uintptr_t cfa = w->f.sp + row_cfa(row);

	if (unlikely(row_cfa(row) > w->trusted) &&
	    (!is_readable(cfa - 8) || !is_readable(cfa - MAX(row_bp(row), 8))))
		return false;
	leave(w, cfa, row_bp(row));
	return true;
}

reads_stack static inline bool leave_bp(struct walk *w, uint64_t row)
{
	uintptr_t cfa = w->f.bp + row_cfa(row);

	if (!is_sane(w, cfa - 8, w->f.sp) ||
	    (row_bp(row) != 0 && !is_sane(w, cfa - row_bp(row), w->f.sp)))
		return false;
	leave(w, cfa, row_bp(row));
	return true;
}

reads_stack static bool leave_indirect(struct walk *w, uint64_t row)
{
	uintptr_t bp = w->f.bp;
	uintptr_t cfa;

	if (!is_sane(w, bp - row_cfa(row), w->f.sp) || !is_sane(w, bp, w->f.sp))
		return false;
	cfa = load(bp - row_cfa(row));
	if (!is_sane(w, cfa - 8, bp))
		return false;
	w->f.bp = load(bp);
	leave(w, cfa, 0);
	return true;
}

/* From the handler's return to what was interrupted, on whatever stack. */
reads_stack static void leave_signal(struct walk *w)
{
	const uintptr_t *context = (const uintptr_t *)w->f.sp;

	w->f.bp = context[UCONTEXT_RBP];
	w->f.sp = context[UCONTEXT_RSP];
	w->f.pc = context[UCONTEXT_RIP] + 1;
	w->trusted = 0;
}

static cold bool leave_other(struct walk *w, uint64_t row, const uintptr_t *pcs,
			     size_t nr);

/* Goes on to the caller of the last of @pcs; false if there is none. */
static inline bool step(struct walk *w, uint64_t row, const uintptr_t *pcs,
			size_t nr)
{
	switch (row_kind(row)) {
	case ROW_SP:
		return leave_sp(w, row);
	case ROW_BP:
		return leave_bp(w, row);
	case ROW_INDIRECT:
		return leave_indirect(w, row);
	case ROW_SIGNAL:
		leave_signal(w);
		return true;
	case ROW_END:
		return false;
	default:
		return leave_other(w, row, pcs, nr);
	}
}

static cold bool leave_other(struct walk *w, uint64_t row, const uintptr_t *pcs,
			     size_t nr)
{
	const uint8_t *fde;

	if (unwind_busy(pcs, nr))
		return false;
	if (row_kind(row) == ROW_NONE) {
		fde = unwind_registered(w->f.pc - 1);
		if (!fde)
			return false;
		row = rows_registered(fde, w->f.pc - 1);
		if (row_kind(row) != ROW_OTHER)
			return step(w, row, pcs, nr);
	}
	return unwind_past(&w->f);
}

reads_stack static size_t walk(struct walk w, uintptr_t *pcs, size_t max,
			       bool *cut)
{
	struct rows_module module = {0};
	size_t nr = 0;

	*cut = false;
	while (w.f.pc != 0) {
		if (nr == max) {
			*cut = true;
			break;
		}
		pcs[nr++] = w.f.pc;
		if (!step(&w, rows_find(w.f.pc - 1, &module), pcs, nr))
			break;
	}
	return nr;
}

/* The frame pointer that this asks for puts the caller's rbp where it is read.
 */
reads_stack __attribute__((noinline)) size_t stack_walk(uintptr_t *pcs,
							size_t max, bool *cut)
{
	const uintptr_t *frame = __builtin_frame_address(0);
	struct walk w = {
		.f.pc = frame[1],
		.f.sp = (uintptr_t)(frame + 2),
		.f.bp = frame[0],
		.trusted = 4096,
	};

	if (!rows_supported())
		return unwind_walk(pcs, max, cut);
	return walk(w, pcs, max, cut);
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
