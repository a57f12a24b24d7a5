/* SPDX-License-Identifier: MIT */

/*
 * A walk goes outward one step at a time (step.h) until it comes to a frame
 * that it remembers from the last walk: the same return address, stack pointer
 * and rbp.  From there on it only looks whether the slots that were read the
 * last time still hold what they held then.
 *
 * That gives what all steps would have given, and reads nothing else.  A step
 * is a function of the frame, the row of its address and the words it reads.
 * The frame where the memory begins is the same.  If a frame is the same, then
 * its step would read the slots that it read then, for their addresses follow
 * from the frame and the row; if they hold the same words, the next frame is
 * the same too.  At the first that does not, steps go on from the frame before.
 * A frame's rbp need not be the same if its step is one without (STEP_NO_BP).
 *
 * That the row is the same: rows change only where a module was unloaded, and
 * then the generation does, or the mark of whatever has been loaded there
 * (rows.h).  Steps that depend on more than that are made again (STEP_ONCE).
 * Beyond a signal's frame nothing is taken from memory: what was interrupted
 * may have any table, and the walk asks the kernel before it reads.
 *
 * Stacks are remembered outermost first, so that the frames that a walk found
 * anew replace the end of the array.
 */

#include "stack.h"

#include <stdatomic.h>
#include <string.h>

#include "base.h"

#include "rows.h"
#include "step.h"

static atomic_uint generation;

void stack_use(struct stack *s, void *memory, size_t max)
{
	memset(s, 0, sizeof(*s));
	s->frames = memory;
	s->fresh = s->frames + max;
}

/* Frames are of no use if there is another limit, or code was unloaded. */
static hot void forget_if_stale(struct stack *s, size_t max)
{
	unsigned now = atomic_load_explicit(&generation, memory_order_relaxed);

	if (likely(s->generation == now && s->max == max))
		return;
	s->generation = now;
	s->max = max;
	s->nr = 0;
}

/* All but the node, by words as they have just been written: a processor waits
   where it is to read several of these at once. */
static hot void copy_frame(struct stack_frame *to,
			   const struct stack_frame *from)
{
	to->at.pc = from->at.pc;
	to->at.sp = from->at.sp;
	to->at.bp = from->at.bp;
	to->bp_at = from->bp_at;
	to->how = from->how;
}

/*
 * The stack is the @nr fresh frames, innermost first, called from the outermost
 * @kept of those that there were; @cut says that there are more of either.
 */
static hot void put_together(struct stack *s, size_t nr, size_t kept, bool cut)
{
	size_t surplus = kept + nr > s->max ? kept + nr - s->max : 0;
	size_t dropped = MIN(surplus, kept);
	size_t i;

	s->cut = cut || surplus > 0;
	s->known = surplus > 0 ? 0 : kept;
	if (unlikely(dropped > 0))
		memmove(s->frames, s->frames + dropped,
			(kept - dropped) * sizeof(*s->frames));
	kept -= dropped;
	nr -= surplus - dropped;
	s->nr = kept + nr;
	for (i = 0; i < nr; i++)
		copy_frame(&s->frames[kept + i], &s->fresh[nr - 1 - i]);
}

/* All of a stack of which only return addresses are known. */
static cold void walk_by_unwind(struct stack *s, const void *frame)
{
	uintptr_t caller = ((const uintptr_t *)frame)[1];
	uintptr_t *pcs = (uintptr_t *)s->fresh;
	size_t own = 0, i, nr;

	/* As many as fit, for there are frames of ours to be left out. */
	nr = unwind_walk(pcs, s->max * sizeof(*s->fresh) / sizeof(*pcs),
			 &s->cut);
	while (own < nr && pcs[own] != caller)
		own++;
	if (own == nr)
		own = 0;
	s->cut |= nr - own > s->max;
	s->nr = MIN(nr - own, s->max);
	s->known = 0;
	for (i = 0; i < s->nr; i++)
		s->frames[s->nr - 1 - i] =
			(struct stack_frame){.at.pc = pcs[own + i]};
}

#if defined(__x86_64__)

/* A walk under way; in registers, so nobody but inline functions gets it. */
struct walk {
	struct step w;
	struct stack *s;
	size_t nr;   /* fresh frames found, the last of them is w.f */
	size_t left; /* remembered frames that may still be met */
	struct rows_module *module;
};

/* Does the same follow from @f as from the remembered frame @r? */
static hot bool same(const struct stack_frame *r, const struct unwind_frame *f)
{
	return r->at.pc == f->pc && r->at.sp == f->sp &&
	       (r->at.bp == f->bp || (r->how & STEP_NO_BP));
}

/* The rest of step(), if libgcc may be asked: not with itself on the stack, in
   the @nr frames that the walk has found or the @kept outermost ones. */
static cold enum step_result ask(const struct stack *s, size_t nr, size_t kept,
				 struct step *w, uint64_t row)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (unwind_is_at_work(s->fresh[i].at.pc))
			return STEP_END;
	for (i = 0; i < kept; i++)
		if (unwind_is_at_work(s->frames[i].at.pc))
			return STEP_END;
	return step_other(w, row);
}

/* Goes on to the caller of the frame at @w; false if there is none. */
static hot bool step(const struct walk *k, struct step *w, size_t kept)
{
	uint64_t row = rows_find(w->f.pc - 1, k->module);
	enum step_result result = step_by(w, row);

	if (unlikely(result == STEP_OTHER)) {
		struct step rest = *w;

		result = ask(k->s, k->nr, kept, &rest, row);
		*w = rest;
	}
	return result == STEP_DONE && w->f.pc != 0;
}

/* Does a step that is not as simple as most lead from @f to @g once more? */
static cold bool leads_again(const struct stack_frame *f,
			     const struct stack_frame *g, uintptr_t trusted,
			     struct rows_module *module)
{
	struct step w = {.f = f->at, .trusted = trusted};

	if (!(f->how & STEP_ONCE))
		return rows_hold(f->at.pc - 1, f->how & STEP_MARK, module);
	return step_by(&w, rows_find(f->at.pc - 1, module)) == STEP_DONE &&
	       w.trusted == trusted && same(g, &w.f);
}

/* Do the slots hold what led to @g? */
reads_stack static hot bool holds(struct stack_frame *g)
{
	uintptr_t bp;

	if (step_load(g->at.sp - 8) != g->at.pc)
		return false;
	if (g->bp_at == 0)
		return true;
	bp = step_load(g->bp_at);
	if (likely(bp == g->at.bp))
		return true;
	if (!(g->how & STEP_NO_BP))
		return false;
	g->at.bp = bp;
	return true;
}

/* From remembered frame @f outward: the outermost that is still there. */
static hot struct stack_frame *follow(const struct walk *k,
				      struct stack_frame *f)
{
	for (; f != k->s->frames; f--) {
		if (unlikely(f->how & (STEP_ONCE | STEP_MARK)) &&
		    !leads_again(f, f - 1, k->w.trusted, k->module))
			break;
		if (!holds(f - 1))
			break;
	}
	return f;
}

static cold bool ends_again(struct walk k)
{
	struct step w = {.f = k.s->frames[0].at, .trusted = k.w.trusted};

	return !step(&k, &w, k.left);
}

/* Does the outermost remembered frame end the stack, now as then? */
static hot bool is_end(const struct walk *k)
{
	unsigned how = k->s->frames[0].how;

	/* What was beyond is not known. */
	if (unlikely(k->s->cut))
		return k->nr + k->left >= k->s->nr;
	return likely((how & (STEP_NEVER | STEP_MARK)) == STEP_NEVER) ||
	       ends_again(*k);
}

/* The walk is at a remembered frame.  True: all the rest is known, too. */
static hot bool meet(struct walk *k)
{
	struct stack *s = k->s;
	struct stack_frame *f = &s->frames[k->left - 1], *at;

	f->at.bp = k->w.f.bp;
	f->bp_at = k->w.bp_at;
	at = follow(k, f);
	if (likely(at == s->frames) && likely(is_end(k)))
		return true;
	/* These, too, get another way out. */
	for (; f >= at; f--)
		s->fresh[k->nr++] = *f;
	k->left = (size_t)(at - s->frames);
	k->w.f = at->at;
	return false;
}

/* Has the walk come to a frame that is remembered? */
static hot bool is_met(struct walk *k)
{
	const struct stack_frame *frames = k->s->frames;

	while (k->left > 0 && frames[k->left - 1].at.sp < k->w.f.sp)
		k->left--;
	return k->left > 0 && same(&frames[k->left - 1], &k->w.f) &&
	       k->w.trusted != 0;
}

static hot void add_fresh(struct walk *k)
{
	struct stack_frame *f = &k->s->fresh[k->nr++];

	f->at = k->w.f;
	f->bp_at = k->w.bp_at;
}

reads_stack void stack_walk(struct stack *s, const void *frame, size_t max)
{
	const uintptr_t *slots = frame;
	struct rows_module module = {0};
	struct walk k = {
		.w.f.pc = slots[1],
		.w.f.sp = (uintptr_t)(slots + 2),
		.w.f.bp = slots[0],
		.w.trusted = STEP_TRUSTED,
		.s = s,
		.module = &module,
	};
	bool more = k.w.f.pc != 0;

	forget_if_stale(s, max);
	if (unlikely(!rows_supported())) {
		walk_by_unwind(s, frame);
		return;
	}
	k.left = s->nr;
	/* There is one more frame; nr may even be beyond max, after meet(). */
	while (more && k.nr < max) {
		if (!is_met(&k)) {
			add_fresh(&k);
		} else if (likely(meet(&k))) {
			put_together(s, k.nr, k.left, s->cut);
			return;
		}
		more = step(&k, &k.w, 0);
		s->fresh[k.nr - 1].how = k.w.how;
	}
	put_together(s, k.nr, 0, more);
}

#else

void stack_walk(struct stack *s, const void *frame, size_t max)
{
	forget_if_stale(s, max);
	walk_by_unwind(s, frame);
}

#endif

void stack_init(void)
{
	unwind_init();
	rows_init();
	step_init();
}

void stack_unloaded(void)
{
	rows_clear();
	atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}
