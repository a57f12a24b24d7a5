/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base.h"
#include "guard.h"
#include "live.h"
#include "setup.h"
#include "threads.h"

/*
 * What one allocation or free means: the way from the hooks of preload.c to
 * the log.
 *
 * Laws.  It may lose data, never the program: no abort, no wait for I/O but of
 * the file's own growth, errno kept, no signal taken, nothing on the program's
 * output.  It never calls malloc.  It never changes a block.  A block leaves
 * the live table before the real free and enters it after the real malloc, or
 * another thread could get the address in between.
 *
 * Within the recorder a thread is busy.  What happens then, in a signal handler
 * that interrupted it, is not recorded but counted; a free is put off until the
 * thread is out.
 */

/*
 * Starts recording as @s says.  0 or an errno value, and what it is about.
 * Not while it runs; one thread at a time.
 */
int recorder_begin(const struct setup *s, const char **about);

bool recorder_is_on(void);

/* Stops it, until the next recorder_begin().  False: it was not running. */
bool recorder_end(void);

/* Names this instant.  False: nothing is recorded. */
bool recorder_mark(const char *label);

/* exit() has been called: the last words of the profile, and of us. */
void recorder_exit(void);

/*
 * The process is about to be gone without further ado: by _exit(), or since it
 * becomes another program.  Also in a signal handler, or a child of vfork().
 * True: it is noted, so that log_resume() is to follow if nothing comes of it.
 * errno is not kept.
 */
bool recorder_end_at_once(enum hpm_end why);

/* The program has a malloc of its own that hides ours. */
void recorder_note_foreign(void);

/*
 * The program is about to put itself under seccomp: takes what room the files
 * may need, and asks the kernel for nothing more.  @strict: not even for
 * memory, so that recording ends.  False: this is not about this process.
 */
bool recorder_confine(bool strict);

/* That failed. */
void recorder_release(void);

/* A library was unloaded. */
void recorder_unloaded(void);

/* In a function that the program calls: where its stack goes on. */
#define FRAME __builtin_frame_address(0)

/*
 * What that function returns where another one, that got its FRAME, gave it:
 * without, this would be a tail call, and the frame gone and written over
 * before the stack is walked.
 */
static inline void *recorder_framed(void *p)
{
	__asm__ volatile("" : "+r"(p));
	return p;
}

/*
 * Is an allocation of @size bytes, about to be made, one of the many that are
 * not recorded?  Then it has been counted, even if it fails.  If not, the block
 * is for recorder_alloc().
 */
static inline bool recorder_passes(size_t size)
{
	struct thread *t = guard.thread;

	if (unlikely(t == NULL) || unlikely(sampler_hit(&t->sampler, size)))
		return false;
	t->slot->seen++;
	t->slot->seen_bytes += size;
	return true;
}

/*
 * The real malloc() gave @p of @size bytes, which recorder_passes() did not let
 * pass.  @usable: malloc_usable_size() may be asked about it.  @frame: FRAME of
 * the function that the program called.
 */
void recorder_alloc(void *p, size_t size, bool usable, const void *frame);

/* The same of one that recorder_passes() has not been asked about. */
static inline void recorder_allocated(void *p, size_t size, bool usable,
				      const void *frame)
{
	if (!recorder_passes(size))
		recorder_alloc(p, size, usable, frame);
}

/*
 * The block at @p is about to be freed, and live_maybe().  False: it must not
 * be freed now, the recorder does it as soon as it may.
 */
bool recorder_free(void *p);

/*
 * realloc(): takes the block at @p out into *@e before; afterwards it was
 * either freed, or put back since the call failed.  False: nothing taken.
 */
bool recorder_take(void *p, struct live_entry *e);
void recorder_put_back(const struct live_entry *e);
void recorder_freed(const struct live_entry *e);
