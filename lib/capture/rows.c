/* SPDX-License-Identifier: MIT */

/*
 * Modules and their tables are found by _dl_find_object(), which takes no lock.
 * A module with a frame on the stack stays loaded, so that its tables may be
 * read; only garbage on a stack could name one that is going.
 *
 * See rows.h for the cache.  Modules that were there at rows_init() are those
 * that the program was linked with: the loader never unloads them.
 */

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "base.h"

#include "cfi.h"
#include "rows.h"

#define MAX_PERMANENT 256
#define NR_MARKS 1023
/* What user space has, unless it asks for more. */
#define MAX_ADDRESS (UINT64_C(1) << 47)
/* Any odd number mixes. */
#define MIX UINT64_C(0x9e3779b97f4a7c15)

bool rows_usable;

_Atomic uint64_t rows_cache[1 << ROWS_BITS] __attribute__((aligned(4096)));

#if defined(__x86_64__) && __has_include(<bits/dl_find_object.h>)
#pragma weak _dl_find_object

/* Written by rows_init(), then only read. */
static const struct link_map *permanent[MAX_PERMANENT];
static size_t nr_permanent;

static bool find_module(uintptr_t at, struct dl_find_object *module)
{
	return _dl_find_object((void *)at, module) == 0;
}

void rows_init(void)
{
	struct dl_find_object self;
	const struct link_map *map;

	nr_permanent = 0;
	rows_usable = _dl_find_object != NULL;
	if (!rows_usable || !find_module((uintptr_t)rows_init, &self))
		return;
	map = self.dlfo_link_map;
	while (map->l_prev)
		map = map->l_prev;
	/* Those beyond the limit cost a little more in each walk. */
	for (; map && nr_permanent < MAX_PERMANENT; map = map->l_next)
		permanent[nr_permanent++] = map;
}

/* What row_mark() is for @module: 0, or 1 to NR_MARKS. */
static unsigned mark_of(const struct dl_find_object *module)
{
	uint64_t mixed;
	size_t i;

	for (i = 0; i < nr_permanent; i++)
		if (permanent[i] == module->dlfo_link_map)
			return 0;
	mixed = (uintptr_t)module->dlfo_link_map * MIX;
	mixed = (mixed ^ (uintptr_t)module->dlfo_eh_frame) * MIX;
	return 1 + (mixed >> 32) % NR_MARKS;
}

static uint64_t make(enum row_kind kind, int64_t cfa, int64_t bp)
{
	if (cfa < 0 || cfa > 0xfff8 || cfa % 8 != 0 || bp < 0 || bp > 0x3f8 ||
	    bp % 8 != 0)
		return ROW_OTHER;
	return kind | (uint64_t)cfa | (uint64_t)bp << 13;
}

/*
 * The linker's table for lazy binding: the CFA is rsp + 8, and 8 more from the
 * instruction on that follows the push, 6 + 5 bytes into each entry of 16 (10
 * with the branch marks of CET).
 */
static bool is_plt(const struct cfi_expr *e)
{
	static const uint8_t plt[] = {0x77, 8, 0x80, 0, 0x3f, 0x1a};
	static const uint8_t rest[] = {0x2a, 0x33, 0x24, 0x22};

	return e->size == 11 && memcmp(e->ops, plt, 6) == 0 &&
	       (e->ops[6] == 0x3a || e->ops[6] == 0x3b) &&
	       memcmp(e->ops + 7, rest, 4) == 0;
}

/* Matches breg6 N [deref], N in one byte: rbp + N, or what is there. */
static bool is_rbp(const struct cfi_expr *e, bool deref, int64_t *offset)
{
	if (e->size != (deref ? 3 : 2) || e->ops[0] != 0x76 ||
	    (e->ops[1] & 0x80) || (deref && e->ops[2] != 0x06))
		return false;
	*offset = (e->ops[1] & 0x40) ? (int64_t)e->ops[1] - 0x80 : e->ops[1];
	return true;
}

/* How gcc leaves a function that aligned its stack. */
static uint64_t pack_indirect(const struct cfi *cfi)
{
	int64_t cfa, bp;

	if (!is_rbp(&cfi->cfa_expr, true, &cfa) || cfi->bp.how != CFI_EXPR ||
	    !is_rbp(&cfi->bp.expr, false, &bp) || bp != 0)
		return ROW_OTHER;
	return make(ROW_INDIRECT, -cfa, 0);
}

/* The return from a signal handler: mov $15, %rax or %eax; syscall. */
static bool is_sigreturn(uintptr_t at)
{
	static const uint8_t rax[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0, 15, 5};
	static const uint8_t eax[] = {0xb8, 15, 0, 0, 0, 15, 5};
	const void *code = (const void *)(at + 1);

	return memcmp(code, eax, sizeof(eax)) == 0 ||
	       memcmp(code, rax, sizeof(rax)) == 0;
}

static uint64_t pack(const struct cfi *cfi, uintptr_t at)
{
	int64_t bp = 0;

	if (cfi->signal)
		return is_sigreturn(at) ? ROW_SIGNAL : ROW_END;
	/* A frame that moves to another stack is not guessed at. */
	if (cfi->sp.how != CFI_SAME)
		return ROW_END;
	if (cfi->ip.how == CFI_UNDEFINED)
		return ROW_END;
	if (cfi->ip.how != CFI_OFFSET || cfi->ip.offset != -8)
		return ROW_OTHER;
	if (cfi->is_expr && !is_plt(&cfi->cfa_expr))
		return pack_indirect(cfi);
	if (cfi->bp.how == CFI_OFFSET && cfi->bp.offset != 0)
		bp = -cfi->bp.offset;
	else if (cfi->bp.how != CFI_SAME && cfi->bp.how != CFI_UNDEFINED)
		return ROW_OTHER;
	if (cfi->is_expr)
		return make(ROW_SP,
			    (at & 15) >= cfi->cfa_expr.ops[6] - 0x30u ? 16 : 8,
			    bp);
	if (cfi->cfa_reg == CFI_RSP && cfi->cfa_offset >= 8)
		return make(ROW_SP, cfi->cfa_offset, bp);
	if (cfi->cfa_reg == CFI_RBP)
		return make(ROW_BP, cfi->cfa_offset, bp);
	return ROW_OTHER;
}

static uint64_t find_row(const struct dl_find_object *module, uintptr_t at)
{
	struct cfi_span span = {
		.start = (uintptr_t)module->dlfo_map_start,
		.end = (uintptr_t)module->dlfo_map_end,
	};
	const uint8_t *fde;
	struct cfi cfi;

	switch (cfi_search(module->dlfo_eh_frame, span, at, &fde)) {
	case CFI_FOUND:
		return cfi_parse(fde, span, at, &cfi) ? pack(&cfi, at)
						      : ROW_END;
	case CFI_NO_INDEX:
		return ROW_OTHER;
	case CFI_NO_ENTRY:
		break;
	}
	return ROW_END;
}

uint64_t rows_fill(uintptr_t at)
{
	struct dl_find_object module;
	uint64_t row;

	if (at >= MAX_ADDRESS || !find_module(at, &module))
		return ROW_NONE;
	row = find_row(&module, at) | (uint64_t)mark_of(&module) << 23;
	row |= row_tag_of(at) << 33;
	atomic_store_explicit(rows_place(at), row, memory_order_relaxed);
	return row;
}

bool rows_hold(uintptr_t at, unsigned mark, struct rows_module *module)
{
	struct dl_find_object found;

	if (at < module->start || at >= module->end) {
		if (!find_module(at, &found))
			return false;
		module->start = (uintptr_t)found.dlfo_map_start;
		module->end = (uintptr_t)found.dlfo_map_end;
		module->mark = mark_of(&found);
	}
	return module->mark == mark;
}

uint64_t rows_recheck(uintptr_t at, uint64_t row, struct rows_module *module)
{
	return rows_hold(at, row_mark(row), module) ? row : rows_fill(at);
}

uint64_t rows_registered(const uint8_t *fde, uintptr_t at)
{
	/* The program vouches for the entry; its own length bounds it. */
	struct cfi_span span = {.start = 0, .end = UINTPTR_MAX};
	struct cfi cfi;

	return cfi_parse(fde, span, at, &cfi) ? pack(&cfi, at) : ROW_END;
}

#else

void rows_init(void)
{
}

uint64_t rows_fill(uintptr_t at)
{
	(void)at;
	return ROW_NONE;
}

bool rows_hold(uintptr_t at, unsigned mark, struct rows_module *module)
{
	(void)at;
	(void)mark;
	(void)module;
	return false;
}

uint64_t rows_recheck(uintptr_t at, uint64_t row, struct rows_module *module)
{
	(void)at;
	(void)module;
	return row;
}

uint64_t rows_registered(const uint8_t *fde, uintptr_t at)
{
	(void)fde;
	(void)at;
	return ROW_NONE;
}

#endif

void rows_clear(void)
{
	int saved = errno;
	size_t i;

	/* Untouched pages stay untouched; locked ones cannot be dropped. */
	if (madvise(rows_cache, sizeof(rows_cache), MADV_DONTNEED) != 0)
		for (i = 0; i < ARRAY_SIZE(rows_cache); i++)
			atomic_store_explicit(&rows_cache[i], 0,
					      memory_order_relaxed);
	errno = saved;
}
