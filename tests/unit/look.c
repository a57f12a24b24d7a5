/* SPDX-License-Identifier: MIT */

#include "../reference.h"
#include "base.h"
#include "capture/stack.h"

#include "look.h"
#include "unit.h"

uintptr_t ours[MAX_FRAMES], theirs[MAX_FRAMES];
size_t nr_ours, nr_theirs;
bool cut;

size_t look_max = MAX_FRAMES;

static char kept_memory[STACK_MEMORY(MAX_FRAMES)];
static struct stack kept;

/*
 * Names the frames as an owner of the stack may: those that are known must
 * have the names that they got before.
 */
static void name_frames(struct stack *s)
{
	uint32_t name = s->cut ? 1 : 0;
	size_t i;

	ck_assert_uint_le(s->known, s->nr);
	for (i = 0; i < s->nr; i++) {
		name = (name ^ (uint32_t)s->frames[i].at.pc) * 0x9e3779b1u;
		if (i < s->known)
			ck_assert_uint_eq(s->frames[i].node, name);
		s->frames[i].node = name;
	}
}

/* The stack of its caller, innermost first. */
static apart size_t walk(struct stack *s, uintptr_t *pcs, bool *is_cut)
{
	size_t i;

	stack_walk(s, __builtin_frame_address(0), look_max);
	name_frames(s);
	for (i = 0; i < s->nr; i++)
		pcs[i] = s->frames[s->nr - 1 - i].at.pc;
	*is_cut = s->cut;
	return s->nr;
}

/* With what is remembered, which counts, and without, which must agree. */
static hot void walk_both_ways(void)
{
	static char memory[STACK_MEMORY(MAX_FRAMES)];
	static uintptr_t all[MAX_FRAMES];
	struct stack once;
	bool all_cut;
	size_t i, nr;

	if (kept.frames == NULL)
		stack_use(&kept, kept_memory, MAX_FRAMES);
	stack_use(&once, memory, MAX_FRAMES);
	nr = walk(&once, all, &all_cut);
	nr_ours = walk(&kept, ours, &cut);
	ck_assert_uint_eq(nr_ours, nr);
	ck_assert_int_eq(cut, all_cut);
	for (i = 1; i < nr; i++)
		ck_assert_uint_eq(ours[i], all[i]);
}

size_t look_known(void)
{
	return kept.known;
}

apart void look(void)
{
	walk_both_ways();
	nr_theirs = reference_walk(theirs, MAX_FRAMES);
	not_a_tail_call();
}

apart void look_below(int depth)
{
	volatile char frame[24];

	frame[0] = (char)depth;
	if (depth > 0)
		look_below(depth - 1);
	else
		look();
	frame[1] = frame[0];
}

apart void look_alone(void)
{
	walk_both_ways();
	not_a_tail_call();
}

void look_check_same(size_t at_least)
{
	size_t i;

	ck_assert_uint_ge(nr_ours, at_least);
	for (i = 1; i < nr_ours && i < nr_theirs; i++)
		ck_assert_msg(ours[i] == theirs[i],
			      "frame %zu of %zu: %#lx, libunwind %#lx", i,
			      nr_ours, ours[i], theirs[i]);
	ck_assert_uint_eq(nr_ours, nr_theirs);
	ck_assert(!cut);
}

bool look_found(const void *function, size_t size)
{
	size_t i;

	for (i = 0; i < nr_ours; i++)
		if (ours[i] - 1 - (uintptr_t)function < size)
			return true;
	return false;
}

apart void look_outer(void (*call)(void))
{
	call();
	not_a_tail_call();
}

bool look_found_outer(void)
{
	return look_found(look_outer, 64);
}
