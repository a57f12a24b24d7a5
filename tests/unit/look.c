/* SPDX-License-Identifier: MIT */

#include "../reference.h"
#include "base.h"
#include "capture/stack.h"

#include "look.h"
#include "unit.h"

uintptr_t ours[MAX_FRAMES], theirs[MAX_FRAMES];
size_t nr_ours, nr_theirs;
bool cut;

apart void look(void)
{
	nr_ours = stack_walk(ours, MAX_FRAMES, &cut);
	nr_theirs = reference_walk(theirs, MAX_FRAMES);
	not_a_tail_call();
}

apart void look_alone(void)
{
	nr_ours = stack_walk(ours, MAX_FRAMES, &cut);
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
