/* SPDX-License-Identifier: MIT */

/*
 * What stack_walk() remembers: stacks that have something in common with the
 * one before, in all places.  look() compares each walk with one that remembers
 * nothing.
 */

#include <setjmp.h>
#include <string.h>

#include "base.h"
#include "capture/stack.h"

#include "look.h"
#include "unit.h"

START_TEST(deeper_than_the_limit)
{
	uintptr_t outer[2];
	size_t whole;

	look_alone();
	ck_assert(!cut);
	whole = nr_ours;
	ck_assert_uint_gt(whole, 4);
	/* From the caller of this function on. */
	memcpy(outer, ours + 2, sizeof(outer));
	look_max = 4;
	look_alone();
	ck_assert_uint_eq(nr_ours, 4);
	ck_assert(cut);
	ck_assert_mem_eq(outer, ours + 2, sizeof(outer));
	/* A limit that is just met is none. */
	look_max = whole;
	look_alone();
	ck_assert_uint_eq(nr_ours, whole);
	ck_assert(!cut);
	look_max = 0;
	look_alone();
	ck_assert_uint_eq(nr_ours, 0);
	ck_assert(cut);
}
END_TEST

/* From the same call, which nothing unrolls. */
static apart void look_twice(void)
{
	for (volatile int i = 0; i < 2; i++)
		look_alone();
}

START_TEST(same_stack_is_known)
{
	look_twice();
	ck_assert_uint_eq(look_known(), nr_ours);
	look_below(100);
	ck_assert_uint_ge(look_known(), 5);
	ck_assert_uint_le(look_known(), nr_ours - 100);
	stack_unloaded();
	look_twice();
	ck_assert_uint_eq(look_known(), nr_ours);
	stack_unloaded();
	look_alone();
	ck_assert_uint_eq(look_known(), 0);
}
END_TEST

/* The same stack pointers and return addresses, from another place. */
static apart void called_from_here(int depth)
{
	look_below(depth);
	not_a_tail_call();
}

static apart void called_from_there(int depth)
{
	look_below(depth);
	not_a_tail_call();
}

START_TEST(change_far_out)
{
	void (*volatile call[])(int) = {called_from_here, called_from_there};
	int i;

	for (i = 0; i < 6; i++) {
		call[i % 2](50);
		look_check_same(50);
		ck_assert(look_found((void *)call[i % 2], 12));
		ck_assert(!look_found((void *)call[(i + 1) % 2], 12));
	}
}
END_TEST

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static apart void wander(unsigned depth);

static apart void wander_aligned(unsigned depth)
{
	char aligned[64] __attribute__((aligned(64)));

	__asm__ volatile("" : : "r"(aligned) : "memory");
	wander(depth);
	__asm__ volatile("" : : "r"(aligned) : "memory");
}

static apart void wander_by_rbp(unsigned depth)
{
	volatile char *bytes = __builtin_alloca(16 + 16 * (depth % 3));

	/* More than is read unasked. */
	if (below(20) == 0)
		bytes = __builtin_alloca(10000);
	bytes[0] = 0;
	wander(depth);
	bytes[1] = 0;
}

/* Looks, goes deeper or back; what it leaves has other frames next time. */
static apart void wander(unsigned depth)
{
	unsigned steps;

	for (steps = below(3) + (depth == 0); steps > 0; steps--) {
		look_alone();
		if (depth == 40)
			return;
		switch (below(3)) {
		case 0:
			wander_aligned(depth + 1);
			break;
		case 1:
			wander_by_rbp(depth + 1);
			break;
		default:
			wander(depth + 1);
		}
	}
}

START_TEST(any_change)
{
	/* Below, at and above what these stacks have. */
	static const size_t limits[] = {MAX_FRAMES, 5, 12, 13, 30};
	unsigned i;

	for (i = 0; i < 400; i++) {
		seed = i;
		look_max = limits[i / 4 % ARRAY_SIZE(limits)];
		wander(0);
	}
}
END_TEST

#ifdef __x86_64__
/* They call their argument, and differ in what they do with rbp. */
void again_saves(void (*call)(void));
void again_saves_below(void (*call)(void));
void again_keeps(void (*call)(void));
void again_pretend(void (*call)(void), void *top, uintptr_t caller);
__asm__(".text\n"
	".cfi_startproc\n"
	"again_saves: push %rbp\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset %rbp, -16\n"
	"mov $1, %ebp\n"
	"sub $48, %rsp\n"
	".cfi_def_cfa_offset 64\n"
	"call *%rdi\n"
	"add $48, %rsp\n"
	".cfi_def_cfa_offset 16\n"
	"pop %rbp\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n"
	".cfi_startproc\n"
	"again_saves_below: sub $16, %rsp\n"
	".cfi_def_cfa_offset 24\n"
	"push %rbp\n"
	".cfi_def_cfa_offset 32\n"
	".cfi_offset %rbp, -32\n"
	"mov $1, %ebp\n"
	"sub $32, %rsp\n"
	".cfi_def_cfa_offset 64\n"
	"call *%rdi\n"
	"add $32, %rsp\n"
	".cfi_def_cfa_offset 32\n"
	"pop %rbp\n"
	".cfi_def_cfa_offset 24\n"
	"add $16, %rsp\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n"
	".cfi_startproc\n"
	"again_keeps: sub $56, %rsp\n"
	".cfi_def_cfa_offset 64\n"
	"call *%rdi\n"
	"add $56, %rsp\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n"

	/* Calls rdi on a stack at rsi, as if from the address rdx. */
	"again_pretend: mov %rsi, %rsp\n"
	"push %rdx\n"
	"jmp *%rdi\n");

/* Whatever it was called from, its callee is at the same place: what tells the
   ways out apart is rbp alone. */
static apart void level(uintptr_t place, void (*call)(void (*)(void)))
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	char *bytes = __builtin_alloca(frame - place);

	__asm__ volatile("" : : "r"(bytes) : "memory");
	call(look_alone);
	not_a_tail_call();
}

static apart void level_from_below(uintptr_t place,
				   void (*call)(void (*)(void)))
{
	char bytes[128];

	__asm__ volatile("" : : "r"(bytes) : "memory");
	level(place, call);
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

START_TEST(change_of_rbp)
{
	static void (*const calls[])(void (*)(void)) = {
		again_saves, again_saves_below, again_keeps};
	uintptr_t place = (uintptr_t)__builtin_frame_address(0) - 1024;
	unsigned i, below_it;

	for (i = 0; i < 300; i++) {
		below_it = below(2);
		(below_it ? level_from_below : level)(place & ~15ul,
						      calls[below(3)]);
		ck_assert_int_eq(look_found((void *)level_from_below, 24),
				 (int)below_it);
	}
}
END_TEST

static jmp_buf out_of_pretence;

static void look_and_jump(void)
{
	look_alone();
	longjmp(out_of_pretence, 1);
}

/* The outermost frame ended the stack since there was a zero; it need not. */
START_TEST(change_beyond_the_end)
{
	static uintptr_t stack[8192];
	static volatile int round;

	for (round = 0; round < 4; round++) {
		if (setjmp(out_of_pretence) == 0)
			again_pretend(look_and_jump, &stack[4096],
				      round % 2 ? (uintptr_t)look_outer + 1
						: 0);
		ck_assert_uint_eq(nr_ours, round % 2 ? 3 : 2);
	}
}
END_TEST

#endif

Suite *again_suite(void)
{
	Suite *suite = suite_create("again");
	TCase *tcase = tcase_create("again");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, stack_init, NULL);
	tcase_add_test(tcase, deeper_than_the_limit);
	tcase_add_test(tcase, same_stack_is_known);
	tcase_add_test(tcase, change_far_out);
	tcase_add_test(tcase, any_change);
#ifdef __x86_64__
	tcase_add_test(tcase, change_of_rbp);
	tcase_add_test(tcase, change_beyond_the_end);
#endif
	suite_add_tcase(suite, tcase);
	return suite;
}
