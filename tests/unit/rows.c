/* SPDX-License-Identifier: MIT */

/*
 * Rows against code whose table is written here, in assembly: each label is at
 * an instruction, and the table below says what its row must be.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "capture/cfi.h"
#include "capture/rows.h"

#include "unit.h"

#ifdef __x86_64__

/* The code is never run. */
__asm__(".text\n"
	".p2align 4\n"
	".cfi_startproc\n"
	"row_entry: push %rbp\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset %rbp, -16\n"
	"row_pushed: mov %rsp, %rbp\n"
	".cfi_def_cfa_register %rbp\n"
	"row_framed: .skip 300, 0x90\n"
	".cfi_remember_state\n"
	".cfi_restore %rbp\n"
	".cfi_def_cfa %rsp, 8\n"
	"row_popped: .skip 70000, 0x90\n"
	".cfi_restore_state\n"
	"row_restored: nop\n"
	".cfi_same_value %rbp\n"
	"row_same: nop\n"
	".cfi_def_cfa %rsp, 65528\n"
	"row_large: nop\n"
	".cfi_def_cfa_offset 65536\n"
	"row_too_large: nop\n"
	".cfi_def_cfa_offset 24\n"
	".cfi_offset %rbp, -1016\n"
	"row_far: nop\n"
	".cfi_offset %rbp, -1024\n"
	"row_too_far: nop\n"
	".cfi_offset %rbp, 16\n"
	"row_above: nop\n"
	".cfi_register %rbp, %rbx\n"
	"row_moved: nop\n"
	".cfi_undefined %rbp\n"
	"row_lost: nop\n"
	/* def_cfa_sf rsp, -4 * -8; offset_extended_sf rbp, 3 * -8 */
	".cfi_escape 0x12, 7, 0x7c, 0x11, 6, 3\n"
	"row_signed: nop\n"
	".cfi_def_cfa %rbx, 16\n"
	"row_rbx: nop\n"
	".cfi_def_cfa %rsp, 8\n"
	".cfi_undefined %rip\n"
	"row_end: nop\n"
	".cfi_offset %rip, -16\n"
	"row_return_elsewhere: nop\n"
	".cfi_offset %rip, -8\n"
	".cfi_offset %rsp, -24\n"
	"row_other_stack: nop\n"
	".cfi_endproc\n"
	"row_no_table: .skip 32, 0x90\n"

	/* CFA = *(rbp - 16), rbp saved at rbp + 0; then at rbp - 8 */
	".cfi_startproc\n"
	".cfi_escape 0x0f, 3, 0x76, 0x70, 6, 0x10, 6, 2, 0x76, 0\n"
	"row_indirect: nop\n"
	".cfi_escape 0x10, 6, 2, 0x76, 0x78\n"
	"row_indirect_other: nop\n"
	".cfi_escape 0x0f, 4, 0x76, 0x70, 6, 6\n"
	"row_expression: nop\n"
	".cfi_endproc\n"

	".p2align 4\n"
	".cfi_startproc\n"
	".cfi_escape 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, "
	"0x33, 0x24, 0x22\n"
	"row_plt: .skip 10, 0x90\n"
	"row_plt_10: nop\n"
	"row_plt_11: .skip 5, 0x90\n"
	"row_plt_16: nop\n"
	".cfi_endproc\n"

	".cfi_startproc\n"
	".cfi_signal_frame\n"
	"row_not_sigreturn: .skip 16, 0x90\n"
	"row_sigreturn_before: nop\n"
	"row_sigreturn: mov $15, %rax\n"
	"syscall\n"
	".cfi_endproc\n");

#define SHAPES(X)                                                              \
	X(row_entry, ROW_SP, 8, 0)                                             \
	X(row_pushed, ROW_SP, 16, 16)                                          \
	X(row_framed, ROW_BP, 16, 16)                                          \
	X(row_popped, ROW_SP, 8, 0)                                            \
	X(row_restored, ROW_BP, 16, 16)                                        \
	X(row_same, ROW_BP, 16, 0)                                             \
	X(row_large, ROW_SP, 65528, 0)                                         \
	X(row_too_large, ROW_OTHER, 0, 0)                                      \
	X(row_far, ROW_SP, 24, 1016)                                           \
	X(row_too_far, ROW_OTHER, 0, 0)                                        \
	X(row_above, ROW_OTHER, 0, 0)                                          \
	X(row_moved, ROW_OTHER, 0, 0)                                          \
	X(row_lost, ROW_SP, 24, 0)                                             \
	X(row_signed, ROW_SP, 32, 24)                                          \
	X(row_rbx, ROW_OTHER, 0, 0)                                            \
	X(row_end, ROW_END, 0, 0)                                              \
	X(row_return_elsewhere, ROW_OTHER, 0, 0)                               \
	X(row_other_stack, ROW_END, 0, 0)                                      \
	X(row_no_table, ROW_END, 0, 0)                                         \
	X(row_indirect, ROW_INDIRECT, 16, 0)                                   \
	X(row_indirect_other, ROW_OTHER, 0, 0)                                 \
	X(row_expression, ROW_OTHER, 0, 0)                                     \
	X(row_plt, ROW_SP, 8, 0)                                               \
	X(row_plt_10, ROW_SP, 8, 0)                                            \
	X(row_plt_11, ROW_SP, 16, 0)                                           \
	X(row_plt_16, ROW_SP, 8, 0)                                            \
	X(row_not_sigreturn, ROW_END, 0, 0)                                    \
	X(row_sigreturn_before, ROW_SIGNAL, 0, 0)

#define DECLARE(label, kind, cfa, bp) extern const char label[];
SHAPES(DECLARE)

static const struct {
	const char *name, *at;
	enum row_kind kind;
	uintptr_t cfa, bp;
} shapes[] = {
#define ENTRY(label, kind, cfa, bp) {#label, label, kind, cfa, bp},
	SHAPES(ENTRY)};

static void setup(void)
{
	rows_init();
	rows_clear();
}

START_TEST(shape_is_read)
{
	struct rows_module module = {0};
	uintptr_t at = (uintptr_t)shapes[_i].at;
	int pass;
	uint64_t row;

	/* The second time out of the cache. */
	for (pass = 0; pass < 2; pass++) {
		row = rows_find(at, &module);
		ck_assert_msg(row_kind(row) == shapes[_i].kind &&
				      row_cfa(row) == shapes[_i].cfa &&
				      row_bp(row) == shapes[_i].bp,
			      "%s: kind %d, cfa %lu, bp %lu", shapes[_i].name,
			      row_kind(row), row_cfa(row), row_bp(row));
	}
}
END_TEST

static _Atomic uint64_t *only_cached(void)
{
	_Atomic uint64_t *word = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows_cache); i++) {
		if (rows_cache[i] == 0)
			continue;
		ck_assert_ptr_null(word);
		word = &rows_cache[i];
	}
	return word;
}

START_TEST(cache_is_used_and_cleared)
{
	struct rows_module module = {0};
	uintptr_t at = (uintptr_t)row_framed;
	_Atomic uint64_t *word;

	ck_assert_ptr_null(only_cached());
	rows_fill(at);
	word = only_cached();
	ck_assert_ptr_nonnull(word);
	*word += ROW_END - ROW_BP;
	ck_assert_int_eq(row_kind(rows_find(at, &module)), ROW_END);
	errno = 42;
	rows_clear();
	ck_assert_int_eq(errno, 42);
	ck_assert_ptr_null(only_cached());
	ck_assert_int_eq(row_kind(rows_find(at, &module)), ROW_BP);
}
END_TEST

START_TEST(addresses_of_one_place_are_told_apart)
{
	struct rows_module module = {0};
	uintptr_t at = (uintptr_t)row_framed;
	int bit;

	for (bit = 0; bit < 64; bit = bit == 1 ? ROWS_BITS + 2 : bit + 1) {
		uintptr_t other = at ^ UINT64_C(1) << bit;
		uint64_t want;

		/* What is mixed in from above is taken out below. */
		other ^= ((other ^ at) >> (ROWS_BITS + 2) & 0xffff) << 2;
		ck_assert_ptr_eq(rows_place(other), rows_place(at));
		ck_assert_uint_ne(other, at);
		/* A near one may be code, too. */
		rows_clear();
		want = rows_find(other, &module);
		rows_clear();
		rows_fill(at);
		ck_assert_uint_eq(rows_find(other, &module), want);
	}
	ck_assert_int_eq(row_kind(rows_find(0, &module)), ROW_NONE);
	ck_assert_int_eq(row_kind(rows_find(UINTPTR_MAX, &module)), ROW_NONE);
}
END_TEST

START_TEST(row_of_another_module_is_replaced)
{
	struct rows_module module = {0};
	uintptr_t at = (uintptr_t)row_framed;
	_Atomic uint64_t *word;

	rows_fill(at);
	word = only_cached();
	/* As if made from a module that has been unloaded since. */
	*word += ROW_END - ROW_BP;
	*word |= UINT64_C(77) << 23;
	ck_assert_int_eq(row_kind(rows_find(at, &module)), ROW_BP);
	ck_assert_uint_eq(row_mark(*word), 0);
}
END_TEST

/* A CIE and an FDE for [0x1000, 0x1100) with a bit of everything. */
static const uint8_t table[] = {
	28,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	'z',
	'P',
	'L',
	'R',
	0,
	1,
	0x78,
	16,
	7,
	3,
	1,
	2,
	3,
	4,
	3,
	0,
	0x0c,
	7,
	8,
	0x90,
	1,
	0,
	0,
	/* FDE */
	44,
	0,
	0,
	0,
	36,
	0,
	0,
	0,
	0,
	0x10,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	4,
	1,
	2,
	3,
	4,
	0x41,
	0x0e,
	16,
	0x86,
	2,
	0x0a,
	2,
	9,
	0x0d,
	6,
	0x0b,
	0x0f,
	3,
	0x76,
	0x70,
	6,
	0,
	0,
	0,
};

static bool parse_copy(const uint8_t *bytes, size_t size, struct cfi *cfi)
{
	/* Of the exact size, so that the sanitizer sees what is beyond. */
	uint8_t *copy = malloc(size);
	struct cfi_span span = {(uintptr_t)copy, (uintptr_t)copy + size};
	bool valid;

	memcpy(copy, bytes, size);
	valid = size > 32 && cfi_parse(copy + 32, span, 0x1020, cfi);
	free(copy);
	return valid;
}

/* Instructions in place of those of the FDE, and whether they can be run. */
static const struct {
	uint8_t ops[8];
	bool valid;
} programs[] = {
	{{0x0a, 0x0a, 0x0b, 0x0b}, true},
	{{0x0a, 0x0a, 0x0a, 0x0a}, true},
	{{0x0a, 0x0a, 0x0a, 0x0a, 0x0a}, false},
	{{0x0b}, false},
	{{0x3f}, false},
	{{0x2e, 0x80, 0x01}, true},
	/* Beyond the address in question: not looked at. */
	{{0x02, 0x21, 0x3f}, true},
	{{0x02, 0x20, 0x3f}, false},
	{{0x03, 0x21, 0x00, 0x3f}, true},
	{{0x04, 0x00, 0x00, 0x01, 0x00, 0x3f}, true},
	{{0x04, 0x20, 0x00, 0x00, 0x00, 0x3f}, false},
};

START_TEST(program_is_run)
{
	uint8_t copy[sizeof(table)];
	struct cfi cfi;

	memcpy(copy, table, sizeof(table));
	memset(copy + 61, 0, sizeof(table) - 61);
	memcpy(copy + 61, programs[_i].ops, sizeof(programs[_i].ops));
	ck_assert(parse_copy(copy, sizeof(copy), &cfi) == programs[_i].valid);
}
END_TEST

START_TEST(damaged_table_is_survived)
{
	static const uint8_t values[] = {0, 1, 0x3f, 0x7f, 0x80, 0xff};
	uint8_t copy[sizeof(table)];
	struct cfi cfi;
	size_t i, v;

	ck_assert(parse_copy(table, sizeof(table), &cfi));
	ck_assert(cfi.is_expr);
	ck_assert_int_eq(cfi.bp.how, CFI_OFFSET);
	ck_assert_int_eq(cfi.bp.offset, -16);
	for (i = 0; i < sizeof(table); i++) {
		ck_assert(!parse_copy(table, i, &cfi));
		for (v = 0; v < ARRAY_SIZE(values); v++) {
			memcpy(copy, table, sizeof(table));
			copy[i] = values[v];
			parse_copy(copy, sizeof(copy), &cfi);
		}
	}
}
END_TEST

Suite *rows_suite(void)
{
	Suite *suite = suite_create("rows");
	TCase *tcase = tcase_create("rows");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, shape_is_read, 0, ARRAY_SIZE(shapes));
	tcase_add_test(tcase, cache_is_used_and_cleared);
	tcase_add_test(tcase, addresses_of_one_place_are_told_apart);
	tcase_add_test(tcase, row_of_another_module_is_replaced);
	tcase_add_loop_test(tcase, program_is_run, 0, ARRAY_SIZE(programs));
	tcase_add_test(tcase, damaged_table_is_survived);
	suite_add_tcase(suite, tcase);
	return suite;
}

#else

Suite *rows_suite(void)
{
	return suite_create("rows");
}

#endif
