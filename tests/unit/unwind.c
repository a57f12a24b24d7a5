/* SPDX-License-Identifier: MIT */

/*
 * Stacks with frames that rows cannot say, and libgcc alone.
 */

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "../reference.h"
#include "base.h"
#include "capture/stack.h"
#include "capture/unwind.h"

#include "look.h"
#include "unit.h"

#ifdef __x86_64__
/* Calls its argument. */
void unwind_rbx(void (*call)(void));
__asm__(".text\n"
	/* CFA = rbx + 16: rows cannot say it. */
	".cfi_startproc\n"
	"unwind_rbx: push %rbx\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset %rbx, -16\n"
	"mov %rsp, %rbx\n"
	".cfi_def_cfa_register %rbx\n"
	"sub $80, %rsp\n"
	"and $-64, %rsp\n"
	"call *%rdi\n"
	"mov %rbx, %rsp\n"
	".cfi_def_cfa_register %rsp\n"
	"pop %rbx\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n");

static void call_rbx(void)
{
	unwind_rbx(look);
	not_a_tail_call();
}

START_TEST(frame_that_rows_cannot_say)
{
	look_outer(call_rbx);
	look_check_same(5);
	ck_assert(look_found(unwind_rbx, 64));
	ck_assert(look_found_outer());
}
END_TEST

static void call_rbx_in_signal(int signal)
{
	(void)signal;
	look_outer(call_rbx);
}

START_TEST(frame_that_rows_cannot_say_in_a_signal)
{
	ck_assert(signal(SIGUSR1, call_rbx_in_signal) != SIG_ERR);
	raise(SIGUSR1);
	look_check_same(9);
}
END_TEST

/* push rbp; mov rsp, rbp; call *rdi; pop rbp; ret */
static const uint8_t made_code[] = {0x55, 0x48, 0x89, 0xe5,
				    0xff, 0xd7, 0x5d, 0xc3};

/* CIE, FDE for 8 bytes of code, end; the address is filled in. */
static uint8_t made_table[] = {
	20,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
	'z',
	'R',
	0,
	1,
	0x78,
	16,
	1,
	0,
	0x0c,
	7,
	8,
	0x90,
	1,
	0,
	0,
	/* FDE at 24, address at 32 */
	36,
	0,
	0,
	0,
	28,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	8,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0x41,
	0x0e,
	16,
	0x86,
	2,
	0x43,
	0x0d,
	6,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	/* end */
	0,
	0,
	0,
	0,
};

void __register_frame(void *table);
void __deregister_frame(void *table);

static void *made;

static void call_made(void)
{
	((void (*)(void (*)(void)))made)(look_alone);
	not_a_tail_call();
}

START_TEST(code_made_at_run_time)
{
	made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(made != MAP_FAILED);
	memcpy(made, made_code, sizeof(made_code));
	memcpy(made_table + 32, &made, sizeof(made));
	look_outer(call_made);
	ck_assert(look_found(made, sizeof(made_code)));
	ck_assert(!look_found_outer());
	__register_frame(made_table);
	look_outer(call_made);
	ck_assert(look_found(made, sizeof(made_code)));
	ck_assert(look_found_outer());
	/* Gone is gone: nothing remembers it. */
	__deregister_frame(made_table);
	look_outer(call_made);
	ck_assert(!look_found_outer());
	munmap(made, 4096);
}
END_TEST

/* libgcc may hold its lock while it is on the stack. */
START_TEST(libgcc_is_not_entered_twice)
{
	/* Looked up: its address here may be that of a stub. */
	uintptr_t inside =
		(uintptr_t)dlsym(RTLD_DEFAULT, "__register_frame") + 1;

	ck_assert(!unwind_is_at_work((uintptr_t)look + 1));
	ck_assert(unwind_is_at_work(inside));
}
END_TEST
#endif

static apart size_t walk_by_libgcc(void)
{
	size_t nr = unwind_walk(ours, MAX_FRAMES, &cut);

	not_a_tail_call();
	return nr;
}

static apart void look_by_libgcc(void)
{
	nr_ours = walk_by_libgcc();
	nr_theirs = reference_walk(theirs, MAX_FRAMES);
}

START_TEST(libgcc_alone)
{
	size_t i, skip;

	look_by_libgcc();
	ck_assert(!cut);
	/* Those inside unwind_walk(), walk_by_libgcc() and look_by_libgcc(). */
	for (skip = 0; skip < 4; skip++)
		if (ours[skip] == theirs[1])
			break;
	ck_assert_uint_eq(nr_ours - skip, nr_theirs - 1);
	for (i = 1; i < nr_theirs; i++)
		ck_assert_uint_eq(ours[skip + i - 1], theirs[i]);
	ck_assert_uint_eq(unwind_walk(ours, 2, &cut), 2);
	ck_assert(cut);
}
END_TEST

Suite *unwind_suite(void)
{
	Suite *suite = suite_create("unwind");
	TCase *tcase = tcase_create("unwind");

	tcase_add_checked_fixture(tcase, stack_init, NULL);
	tcase_add_test(tcase, libgcc_alone);
#ifdef __x86_64__
	tcase_add_test(tcase, frame_that_rows_cannot_say);
	tcase_add_test(tcase, frame_that_rows_cannot_say_in_a_signal);
	tcase_add_test(tcase, code_made_at_run_time);
	tcase_add_test(tcase, libgcc_is_not_entered_twice);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
