/* SPDX-License-Identifier: MIT */

/*
 * libgcc's unwinder and not libunwind's.  libunwind 1.6.2 keeps
 * unw_backtrace()'s cache after dlclose() and reads through stale frames, maps
 * 260 KiB a thread, opens a pipe, and takes a global mutex and the loader's
 * lock on every miss; unw_step() costs 270 ns a frame and the same locks.  None
 * of that is wanted inside somebody's malloc().  The tests use it, as a second
 * opinion.
 *
 * The functions are looked up by version: libunwind exports _Unwind_* without
 * one, and a program that is linked with it would otherwise have our calls
 * bound there.
 *
 * Any thread, any time after unwind_init(), except as unwind_is_at_work() says.
 */

#include <dlfcn.h>
#include <unwind.h>

#include "base.h"

#include "unwind.h"

/* The number of rbp in tables; used on x86-64 only. */
#define DWARF_RBP 6

/* What _Unwind_Find_FDE() says beside the entry; not in <unwind.h>. */
struct bases {
	void *text, *data, *function;
};

/* Referred to so that the linker keeps libgcc_s; libunwind has no such name. */
void __register_frame(void *table);
static void (*const keep_libgcc)(void *)
	__attribute__((used)) = __register_frame;

/* Written by unwind_init(), then only read.  All set or all NULL. */
static struct {
	_Unwind_Reason_Code (*backtrace)(_Unwind_Trace_Fn, void *);
	_Unwind_Ptr (*get_ip)(struct _Unwind_Context *, int *);
	_Unwind_Word (*get_register)(struct _Unwind_Context *, int);
	_Unwind_Word (*get_cfa)(struct _Unwind_Context *);
	const uint8_t *(*find_fde)(void *, struct bases *);
	uintptr_t start, end; /* libgcc's own code: [start, end) */
} gcc;

#if __has_include(<bits/dl_find_object.h>)
#pragma weak _dl_find_object

static void find_extent(void)
{
	struct dl_find_object object;

	if (!_dl_find_object || _dl_find_object(gcc.backtrace, &object) != 0)
		return;
	gcc.start = (uintptr_t)object.dlfo_map_start;
	gcc.end = (uintptr_t)object.dlfo_map_end;
}
#else
static void find_extent(void)
{
}
#endif

void unwind_init(void)
{
	uintptr_t primed;
	bool cut;

	gcc.get_ip = dlvsym(RTLD_DEFAULT, "_Unwind_GetIPInfo", "GCC_4.2.0");
	gcc.get_register = dlvsym(RTLD_DEFAULT, "_Unwind_GetGR", "GCC_3.0");
	gcc.get_cfa = dlvsym(RTLD_DEFAULT, "_Unwind_GetCFA", "GCC_3.3");
	gcc.find_fde = dlvsym(RTLD_DEFAULT, "_Unwind_Find_FDE", "GCC_3.0");
	if (!gcc.get_ip || !gcc.get_register || !gcc.get_cfa || !gcc.find_fde)
		return;
	gcc.backtrace = dlvsym(RTLD_DEFAULT, "_Unwind_Backtrace", "GCC_3.3");
	if (!gcc.backtrace)
		return;
	find_extent();
	/* Its tables of register sizes are made at the first call. */
	unwind_walk(&primed, 1, &cut);
}

bool unwind_is_at_work(uintptr_t pc)
{
	return pc - 1 >= gcc.start && pc - 1 < gcc.end;
}

const uint8_t *unwind_registered(uintptr_t at)
{
	struct bases bases;

	return gcc.backtrace ? gcc.find_fde((void *)at, &bases) : NULL;
}

static uintptr_t frame_pc(struct _Unwind_Context *context)
{
	int interrupted = 0;
	uintptr_t pc = gcc.get_ip(context, &interrupted);

	return interrupted ? pc + 1 : pc;
}

struct past {
	struct unwind_frame frame;
	bool met;   /* the walk has come to the frame */
	bool found; /* frame is now its caller */
};

static _Unwind_Reason_Code visit_past(struct _Unwind_Context *context,
				      void *data)
{
	struct past *past = data;
	uintptr_t pc = frame_pc(context);
	uintptr_t sp = gcc.get_cfa(context);

	if (!past->met) {
		past->met = pc == past->frame.pc && sp == past->frame.sp;
		return _URC_NO_REASON;
	}
	past->frame.pc = pc;
	past->frame.sp = sp;
	past->frame.bp = gcc.get_register(context, DWARF_RBP);
	past->found = true;
	return _URC_NORMAL_STOP;
}

bool unwind_past(struct unwind_frame *f)
{
	struct past past = {.frame = *f};

	if (gcc.backtrace)
		gcc.backtrace(visit_past, &past);
	if (past.found)
		*f = past.frame;
	return past.found;
}

struct walk {
	uintptr_t *pcs;
	size_t nr, max;
	bool *cut;
};

static _Unwind_Reason_Code visit_walk(struct _Unwind_Context *context,
				      void *data)
{
	struct walk *walk = data;
	uintptr_t pc = frame_pc(context);

	if (pc == 0)
		return _URC_NORMAL_STOP;
	if (walk->nr == walk->max) {
		*walk->cut = true;
		return _URC_NORMAL_STOP;
	}
	walk->pcs[walk->nr++] = pc;
	return _URC_NO_REASON;
}

size_t unwind_walk(uintptr_t *pcs, size_t max, bool *cut)
{
	struct walk walk = {.pcs = pcs, .max = max, .cut = cut};

	*cut = false;
	if (gcc.backtrace)
		gcc.backtrace(visit_walk, &walk);
	return walk.nr;
}
