/* SPDX-License-Identifier: MIT */

/*
 * Stacks of many kinds, each walked by stack_walk() and by libunwind; where
 * libunwind guesses and we do not, what must be found is written down.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base.h"
#include "capture/stack.h"
#include "capture/sys.h"

#include "look.h"
#include "unit.h"

START_TEST(recursion)
{
	look_below(100);
	look_check_same(100);
}
END_TEST

/* The compiler needs rbp where a frame grows. */
static apart void with_frame_pointer(size_t size)
{
	volatile char *bytes = __builtin_alloca(size);

	bytes[0] = 0;
	look();
	bytes[size - 1] = 0;
}

/* gcc keeps the way to the caller in a slot of its own here (ROW_INDIRECT). */
static apart void with_aligned(size_t size)
{
	char aligned[64] __attribute__((aligned(64)));
	char *bytes = __builtin_alloca(size);

	__asm__ volatile("" : : "r"(aligned), "r"(bytes) : "memory");
	look();
	__asm__ volatile("" : : "r"(aligned), "r"(bytes) : "memory");
}

START_TEST(frames_of_any_size)
{
	size_t size;

	for (size = 16; size <= 1 << 20; size *= 16) {
		with_frame_pointer(size);
		look_check_same(3);
		with_aligned(size);
		look_check_same(3);
	}
}
END_TEST

static apart void with_large_frame(void)
{
	char bytes[32768];

	__asm__ volatile("" : : "r"(bytes) : "memory");
	look();
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

static void *look_beyond_a_large_frame(void *data)
{
	(void)data;
	with_large_frame();
	return NULL;
}

/* That is slow, and many a main() has such frames. */
START_TEST(kernel_is_not_asked_about_the_first_stack)
{
	pthread_t thread;

	sys_confined = true;
	with_frame_pointer(65536);
	look_check_same(3);
	with_large_frame();
	look_check_same(3);
	/* Elsewhere it is, and nothing is believed without an answer. */
	ck_assert_int_eq(
		pthread_create(&thread, NULL, look_beyond_a_large_frame, NULL),
		0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert_uint_gt(nr_theirs, 2);
	sys_confined = false;
}
END_TEST

START_TEST(errno_is_kept)
{
	errno = 42;
	look_alone();
	stack_unloaded();
	look_alone();
	ck_assert_int_eq(errno, 42);
}
END_TEST

static void handle(int signal)
{
	(void)signal;
	look();
}

static void signal_on(int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
	stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};

	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	look_check_same(4);
	stack.ss_flags = SS_DISABLE;
	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	free(stack.ss_sp);
}

START_TEST(signals)
{
	signal_on(0);
	signal_on(SA_ONSTACK);
}
END_TEST

#ifdef __x86_64__
/* A function that is interrupted at its very first instruction. */
void stack_trap(void);
__asm__(".text\n"
	".cfi_startproc\n"
	"stack_trap: ud2\n"
	"ret\n"
	".cfi_endproc\n");

static void handle_trap(int signal, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)signal;
	(void)info;
	look();
	context->uc_mcontext.gregs[REG_RIP] += 2;
}

START_TEST(interrupted_first_instruction)
{
	struct sigaction action = {.sa_sigaction = handle_trap,
				   .sa_flags = SA_SIGINFO};

	ck_assert_int_eq(sigaction(SIGILL, &action, NULL), 0);
	stack_trap();
	look_check_same(4);
	/* Address + 1, so that - 1 is still inside the function. */
	ck_assert_uint_eq(ours[3], (uintptr_t)stack_trap + 1);
}
END_TEST
#endif

static ucontext_t main_context, fibre_context;

static void fibre(void)
{
	look_below(5);
}

START_TEST(fibre_of_makecontext)
{
	char *stack = malloc(65536);

	ck_assert_int_eq(getcontext(&fibre_context), 0);
	fibre_context.uc_stack.ss_sp = stack;
	fibre_context.uc_stack.ss_size = 65536;
	fibre_context.uc_link = &main_context;
	makecontext(&fibre_context, fibre, 0);
	ck_assert_int_eq(swapcontext(&main_context, &fibre_context), 0);
	look_check_same(7);
	free(stack);
}
END_TEST

/* Alone: libunwind needs more than there is. */
static void *walk_in_thread(void *data)
{
	(void)data;
	stack_unloaded();
	look_alone();
	return NULL;
}

START_TEST(smallest_thread)
{
	pthread_attr_t attributes;
	pthread_t thread;

	ck_assert_int_eq(pthread_attr_init(&attributes), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attributes, 16384), 0);
	ck_assert_int_eq(
		pthread_create(&thread, &attributes, walk_in_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(look_found(walk_in_thread, 256));
	ck_assert_uint_le(nr_ours, 5);
	ck_assert(!cut);
}
END_TEST

#ifdef __x86_64__
/* Each calls its argument; what differs is the table. */
void stack_lying(void (*call)(void), uintptr_t rbp);
void stack_lying_more(void (*call)(void), uintptr_t rbp);
void stack_lying_large(void (*call)(void));
void stack_lying_trap(void);
void stack_no_table(void (*call)(void));
void stack_switch(void (*call)(void), void *top);
__asm__(".text\n"
	/* Says that the CFA is rbp + 16, while rbp is rsi: anything. */
	".cfi_startproc\n"
	"stack_lying: push %rbp\n"
	"mov %rsi, %rbp\n"
	".cfi_def_cfa %rbp, 16\n"
	".cfi_offset %rbp, -16\n"
	"call *%rdi\n"
	"pop %rbp\n"
	"ret\n"
	".cfi_endproc\n"

	/* The same lie about CFA = *(rbp - 8). */
	".cfi_startproc\n"
	"stack_lying_more: push %rbp\n"
	"mov %rsi, %rbp\n"
	".cfi_escape 0x0f, 3, 0x76, 0x78, 6, 0x10, 6, 2, 0x76, 0\n"
	"call *%rdi\n"
	"pop %rbp\n"
	"ret\n"
	".cfi_endproc\n"

	/* Says that frames are larger than they are. */
	".cfi_startproc\n"
	".cfi_def_cfa_offset 8192\n"
	"stack_lying_large: push %rax\n"
	"call *%rdi\n"
	"pop %rax\n"
	"ret\n"
	".cfi_endproc\n"
	".cfi_startproc\n"
	".cfi_def_cfa_offset 64\n"
	"stack_lying_trap: ud2\n"
	"ret\n"
	".cfi_endproc\n"

	"stack_no_table: push %rbp\n"
	"mov $0x1234567, %ebp\n"
	"call *%rdi\n"
	"pop %rbp\n"
	"ret\n"

	/* Calls rdi on a stack of its own, as hand-made fibres do: above it is
	   nothing that could be read, and no way back. */
	"stack_switch: push %rbp\n"
	"push %rbx\n"
	"mov %rsp, %rbx\n"
	"mov %rsi, %rsp\n"
	"lea stack_back(%rip), %rax\n"
	"push %rax\n"
	"jmp *%rdi\n"
	"stack_back: mov %rbx, %rsp\n"
	"pop %rbx\n"
	"pop %rbp\n"
	"ret\n");

static uintptr_t lie;

static void call_lying(void)
{
	stack_lying(look_alone, lie);
	not_a_tail_call();
}

static void call_lying_more(void)
{
	stack_lying_more(look_alone, lie);
	not_a_tail_call();
}

static void check_lie(uintptr_t rbp)
{
	lie = rbp;
	look_outer(call_lying);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert(look_found(stack_lying, 16));
	look_outer(call_lying_more);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert(look_found(stack_lying_more, 16));
}

START_TEST(frame_with_a_wrong_table)
{
	static const uintptr_t lies[] = {
		0,
		8,
		0x1234567,
		0x12345678,
		UINTPTR_MAX,
		UINTPTR_MAX - 7,
		UINTPTR_MAX - 15,
		0x0000800000000000,
		0x00007ffffffffff0,
	};
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t slots[3] = {0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		check_lie(lies[i]);
		/* A good rbp, with a bad CFA where it points. */
		slots[0] = lies[i];
		lie = (uintptr_t)&slots[1];
		look_outer(call_lying_more);
		ck_assert_uint_eq(nr_ours, 2);
	}
	/* Below the frame: the CFA may not go back. */
	check_lie(here - 65536);
}
END_TEST

static void call_no_table(void)
{
	stack_no_table(look_alone);
	not_a_tail_call();
}

START_TEST(code_without_table)
{
	look_outer(call_no_table);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert(look_found(stack_no_table, 16));
}
END_TEST

/* A stack with nothing above it that could be read. */
static char *make_fibre(void)
{
	char *stack = mmap(NULL, 131072, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(stack != MAP_FAILED);
	ck_assert_int_eq(mprotect(stack + 65536, 65536, PROT_NONE), 0);
	return stack;
}

static void call_lying_large(void)
{
	stack_lying_large(look_alone);
	not_a_tail_call();
}

START_TEST(fibre_at_the_end_of_its_memory)
{
	char *stack = make_fibre();

	stack_switch(look_alone, stack + 65536);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert(look_found(stack_switch, 64));
	stack_switch(call_lying_large, stack + 65536);
	ck_assert_uint_eq(nr_ours, 2);
	ck_assert(look_found(stack_lying_large, 16));
	munmap(stack, 131072);
}
END_TEST

static void handle_trap_alone(int signal, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	(void)signal;
	(void)info;
	look_alone();
	context->uc_mcontext.gregs[REG_RIP] += 2;
}

/* Traps are handled on @alternate. */
static void await_trap(stack_t *alternate)
{
	struct sigaction action = {.sa_sigaction = handle_trap_alone,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK};

	*alternate = (stack_t){.ss_sp = malloc(65536), .ss_size = 65536};
	ck_assert_int_eq(sigaltstack(alternate, NULL), 0);
	ck_assert_int_eq(sigaction(SIGILL, &action, NULL), 0);
}

static void await_no_trap(stack_t *alternate)
{
	alternate->ss_flags = SS_DISABLE;
	ck_assert_int_eq(sigaltstack(alternate, NULL), 0);
	free(alternate->ss_sp);
}

START_TEST(signal_where_the_table_is_wrong)
{
	stack_t alternate;
	char *stack = make_fibre();

	await_trap(&alternate);
	stack_switch(stack_lying_trap, stack + 65536);
	/* look_alone(), the handler, the way back from it, the trap. */
	ck_assert_uint_eq(nr_ours, 4);
	ck_assert(look_found(stack_lying_trap, 4));
	await_no_trap(&alternate);
	munmap(stack, 131072);
}
END_TEST

static char *outer_page;

static apart void look_or_trap(int round)
{
	if (round == 0) {
		look_alone();
		return;
	}
	mprotect(outer_page, 4096, PROT_NONE);
	stack_trap();
	mprotect(outer_page, 4096, PROT_READ | PROT_WRITE);
}

/* Its return address is in the outer page, all that it calls below that. */
static void call_twice(void)
{
	char bytes[2048];

	/* All of them are wanted, says this. */
	__asm__ volatile("" : : "r"(bytes) : "memory");
	for (volatile int round = 0; round < 2; round++)
		look_or_trap(round);
}

/* That a frame beyond a signal's is one that the last walk found says nothing
   of the memory that is beyond it. */
START_TEST(remembered_frame_beyond_a_signal)
{
	stack_t alternate;
	char *stack = make_fibre();

	outer_page = stack + 65536 - 4096;
	await_trap(&alternate);
	stack_switch(call_twice, outer_page + 64);
	/* As above, and who called the trap, and who called that. */
	ck_assert_uint_eq(nr_ours, 6);
	ck_assert(look_found(look_or_trap, 256));
	ck_assert(look_found(call_twice, 256));
	await_no_trap(&alternate);
	munmap(stack, 131072);
}
END_TEST

#endif

Suite *stack_suite(void)
{
	Suite *suite = suite_create("stack");
	TCase *tcase = tcase_create("stack");

	tcase_add_checked_fixture(tcase, stack_init, NULL);
	tcase_add_test(tcase, recursion);
	tcase_add_test(tcase, frames_of_any_size);
	tcase_add_test(tcase, kernel_is_not_asked_about_the_first_stack);
	tcase_add_test(tcase, errno_is_kept);
	tcase_add_test(tcase, signals);
	tcase_add_test(tcase, fibre_of_makecontext);
	tcase_add_test(tcase, smallest_thread);
#ifdef __x86_64__
	tcase_add_test(tcase, interrupted_first_instruction);
	tcase_add_test(tcase, frame_with_a_wrong_table);
	tcase_add_test(tcase, code_without_table);
	tcase_add_test(tcase, fibre_at_the_end_of_its_memory);
	tcase_add_test(tcase, signal_where_the_table_is_wrong);
	tcase_add_test(tcase, remembered_frame_beyond_a_signal);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
