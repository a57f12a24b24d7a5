/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the unwind tables of x86-64 code: from .eh_frame_hdr the entry (FDE) of
 * an address, from the entry the rules that hold at that address.
 *
 * Pure functions over mapped memory: no state, no allocation, no lock, about
 * 600 bytes of stack; safe in a signal handler.  Nothing outside @span is read,
 * whatever the tables say.
 */

/* Columns of the table: the registers that matter for a return address. */
enum { CFI_RBP = 6, CFI_RSP = 7, CFI_RIP = 16 };

/* Memory that may be read: [start, end). */
struct cfi_span {
	uintptr_t start;
	uintptr_t end;
};

/* A DWARF expression, in the table it was found in. */
struct cfi_expr {
	const uint8_t *ops;
	size_t size; /* bytes */
};

struct cfi_rule {
	enum {
		CFI_SAME,      /* the caller's value is still in the register */
		CFI_OFFSET,    /* saved at CFA + offset */
		CFI_EXPR,      /* saved at the address that expr computes */
		CFI_UNDEFINED, /* lost; of rip: there is no caller */
		CFI_OTHER,     /* in another register, or computed */
	} how;
	int64_t offset;
	struct cfi_expr expr;
};

/* What holds before the instruction at one address. */
struct cfi {
	bool signal;	    /* the frame of a signal handler's return */
	bool is_expr;	    /* CFA is what cfa_expr computes */
	uint64_t cfa_reg;   /* else CFA is this register ... */
	int64_t cfa_offset; /* ... plus this */
	struct cfi_expr cfa_expr;
	struct cfi_rule bp, sp, ip;
};

enum cfi_found {
	CFI_FOUND,
	CFI_NO_ENTRY, /* no table covers the address */
	CFI_NO_INDEX, /* .eh_frame_hdr has no sorted table: not searched */
};

/*
 * The entry that may cover @at, by the table in the .eh_frame_hdr at @hdr.
 * @fde is set if CFI_FOUND; cfi_parse() tells whether it does cover @at.
 */
enum cfi_found cfi_search(const void *hdr, struct cfi_span span, uintptr_t at,
			  const uint8_t **fde);

/*
 * The rules at @at by the entry @fde.  False: the entry does not cover @at, or
 * is damaged, or holds what this reader does not know; @cfi is then undefined.
 */
bool cfi_parse(const uint8_t *fde, struct cfi_span span, uintptr_t at,
	       struct cfi *cfi);
