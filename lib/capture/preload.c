/* SPDX-License-Identifier: MIT */

/*
 * The functions of libc that we stand before.  Each one calls the real one,
 * then tells the recorder; a free tells the recorder first.
 *
 * Until preload_init() is through, `real` points to the early_* functions.
 * They start it, and serve what dlsym() allocates meanwhile from a small arena
 * whose blocks are never freed.
 */

#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "control.h"
#include "early.h"
#include "recorder.h"

#define EXPORT __attribute__((visibility("default")))

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

enum { NOT_YET, RESOLVING, READY };

static atomic_int stage;

bool preload_owns(uintptr_t pc)
{
	return pc > (uintptr_t)__ehdr_start && pc <= (uintptr_t)_end;
}

static void *early_malloc(size_t size)
{
	preload_init();
	return stage == READY ? real.malloc(size) : early_alloc(size);
}

static void *early_calloc(size_t n, size_t size)
{
	preload_init();
	if (stage == READY)
		return real.calloc(n, size);
	if (size > 0 && n > SIZE_MAX / size)
		return NULL;
	return early_alloc(n * size);
}

static void *early_realloc(void *p, size_t size)
{
	preload_init();
	return stage == READY ? real.realloc(p, size) : early_alloc(size);
}

static void early_free(void *p)
{
	preload_init();
	if (stage == READY)
		real.free(p);
}

static size_t early_usable_size(void *p)
{
	preload_init();
	return stage == READY ? real.malloc_usable_size(p) : 0;
}

struct preload_real real = {
	.malloc = early_malloc,
	.calloc = early_calloc,
	.realloc = early_realloc,
	.free = early_free,
	.malloc_usable_size = early_usable_size,
};

static void plain_free_sized(void *p, size_t size)
{
	(void)size;
	real.free(p);
}

static void plain_free_aligned_sized(void *p, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	real.free(p);
}

/* The C library has had these only since C23. */
#define RESOLVE(r, name)                                                       \
	do {                                                                   \
		void *next = dlsym(RTLD_NEXT, #name);                          \
		if (next != NULL)                                              \
			memcpy(&(r).name, &next, sizeof(next));                \
	} while (0)

static void resolve(void)
{
	struct preload_real r = {
		.free_sized = plain_free_sized,
		.free_aligned_sized = plain_free_aligned_sized,
	};

	RESOLVE(r, malloc);
	RESOLVE(r, free);
	RESOLVE(r, calloc);
	RESOLVE(r, realloc);
	RESOLVE(r, reallocarray);
	RESOLVE(r, posix_memalign);
	RESOLVE(r, aligned_alloc);
	RESOLVE(r, memalign);
	RESOLVE(r, valloc);
	RESOLVE(r, pvalloc);
	RESOLVE(r, malloc_usable_size);
	RESOLVE(r, free_sized);
	RESOLVE(r, free_aligned_sized);
	RESOLVE(r, dlclose);
	RESOLVE(r, _exit);
	RESOLVE(r, execve);
	RESOLVE(r, execvpe);
	RESOLVE(r, fexecve);
	RESOLVE(r, execveat);
	RESOLVE(r, posix_spawn);
	RESOLVE(r, posix_spawnp);
	real = r;
	/* tcmalloc allocates in its first call: let it be this one. */
	real.malloc_usable_size(NULL);
}

void preload_init(void)
{
	static _Thread_local bool mine;
	int expected = NOT_YET;

	if (stage == READY || mine)
		return;
	if (!atomic_compare_exchange_strong(&stage, &expected, RESOLVING)) {
		while (stage != READY)
			sched_yield();
		return;
	}
	mine = true;
	resolve();
	control_begin();
	stage = READY;
	mine = false;
}

__attribute__((constructor)) static void begin(void)
{
	void *seen;

	preload_init();
	seen = dlsym(RTLD_DEFAULT, "malloc");
	if (seen != NULL && !preload_owns((uintptr_t)seen))
		recorder_note_foreign();
}

__attribute__((destructor)) static void end(void)
{
	control_exit();
}

void *preload_malloc(size_t size, const void *frame)
{
	void *p = real.malloc(size);

	if (likely(p != NULL))
		recorder_allocated(p, size, true, frame);
	return p;
}

/*
 * malloc(), calloc() and realloc() leave by a jump, for the real function or
 * for one of these, whose frame then is the one that the program called.
 * Without optimization it is called, and the next frame is that one.
 */
#define CALLED outermost(FRAME)

static const void *outermost(const void *frame)
{
	const uintptr_t *slots = frame;

	return likely(!preload_owns(slots[1])) ? frame : (const void *)slots[0];
}

static apart void *malloc_recorded(size_t size)
{
	void *p = real.malloc(size);

	if (likely(p != NULL))
		recorder_alloc(p, size, true, CALLED);
	return p;
}

static apart void *calloc_recorded(size_t n, size_t size)
{
	void *p = real.calloc(n, size);

	if (likely(p != NULL))
		recorder_alloc(p, n * size, true, CALLED);
	return p;
}

EXPORT void *malloc(size_t size)
{
	if (likely(recorder_passes(size)))
		return real.malloc(size);
	return malloc_recorded(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t bytes;

	if (likely(!__builtin_mul_overflow(n, size, &bytes) &&
		   recorder_passes(bytes)))
		return real.calloc(n, size);
	return calloc_recorded(n, size);
}

EXPORT void free(void *p)
{
	if (unlikely(early_owns(p)))
		return;
	if (live_maybe(p) && !recorder_free(p))
		return;
	real.free(p);
}

/* What is left to do once the real realloc() of @old to @size gave @p. */
static void *reallocated(void *p, size_t size, const void *frame, bool taken,
			 const struct live_entry *old)
{
	/* Asked for nothing, glibc frees the block and gives NULL. */
	if (p == NULL && size != 0) {
		if (taken)
			recorder_put_back(old);
		return NULL;
	}
	if (taken)
		recorder_freed(old);
	if (p != NULL)
		recorder_allocated(p, size, true, frame);
	return p;
}

static apart void *realloc_recorded(void *old, size_t size)
{
	const void *frame = CALLED;
	struct live_entry e;
	bool taken;

	if (unlikely(early_owns(old)))
		return recorder_framed(
			early_move(old, preload_malloc(size, frame), size));
	taken = old != NULL && live_maybe(old) && recorder_take(old, &e);
	return recorder_framed(
		reallocated(real.realloc(old, size), size, frame, taken, &e));
}

EXPORT void *realloc(void *old, size_t size)
{
	if (likely(size > 0 && !live_maybe(old) && !early_owns(old) &&
		   recorder_passes(size)))
		return real.realloc(old, size);
	return realloc_recorded(old, size);
}

EXPORT void *reallocarray(void *old, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc_recorded(old, n * size);
}

EXPORT int posix_memalign(void **p, size_t alignment, size_t size)
{
	int error = real.posix_memalign(p, alignment, size);

	if (error == 0 && *p != NULL)
		recorder_allocated(*p, size, true, FRAME);
	return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	void *p = real.aligned_alloc(alignment, size);

	if (likely(p != NULL))
		recorder_allocated(p, size, true, FRAME);
	return p;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	void *p = real.memalign(alignment, size);

	if (likely(p != NULL))
		recorder_allocated(p, size, true, FRAME);
	return p;
}

/* An allocator library need not have these two; then libc's answer, and
   malloc_usable_size() may not know the block. */
EXPORT void *valloc(size_t size)
{
	void *p = real.valloc(size);

	if (likely(p != NULL))
		recorder_allocated(p, size, false, FRAME);
	return p;
}

EXPORT void *pvalloc(size_t size)
{
	void *p = real.pvalloc(size);

	if (likely(p != NULL))
		recorder_allocated(p, size, false, FRAME);
	return p;
}

EXPORT void free_sized(void *p, size_t size)
{
	if (live_maybe(p) && !recorder_free(p))
		return;
	real.free_sized(p, size);
}

EXPORT void free_aligned_sized(void *p, size_t alignment, size_t size)
{
	if (live_maybe(p) && !recorder_free(p))
		return;
	real.free_aligned_sized(p, alignment, size);
}

/* A wrapper of dlopen() would change whose RUNPATH is searched; dlclose() does
   not look at its caller. */
EXPORT int dlclose(void *handle)
{
	int result = real.dlclose(handle);

	recorder_unloaded();
	return result;
}

/* No destructor runs then, as in shells. */
EXPORT void _exit(int status)
{
	control_exit_now();
	real._exit(status);
	__builtin_unreachable();
}

EXPORT void _Exit(int status)
{
	_exit(status);
}
