/* SPDX-License-Identifier: MIT */

/*
 * The C++ operators new and delete, in all forms of x86-64 and other 64-bit
 * ABIs (size_t is "m").
 *
 * Those of libstdc++ and libc++ call malloc() and free(), where we stand
 * already; then these here only pass on.  But an allocator library (jemalloc,
 * tcmalloc, mimalloc) brings its own, which go to its insides directly.
 *
 * The next definition after ours is found at the first call.  A program in C
 * may have its C++ in a plugin whose symbols dlsym(RTLD_NEXT) does not see:
 * then it is the one of the C++ library that is loaded somewhere.
 */

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"
#include "recorder.h"

#define EXPORT __attribute__((visibility("default")))

/* The real operator behind one of ours. */
struct cxx_operator {
	const char *name;
	_Atomic(void *) address;
	atomic_bool plain; /* it calls malloc() and free() itself */
};

static bool calls_malloc(void *address)
{
	Dl_info info;

	return dladdr(address, &info) != 0 && info.dli_fname != NULL &&
	       (strstr(info.dli_fname, "libstdc++.so") != NULL ||
		strstr(info.dli_fname, "libc++.so") != NULL ||
		strstr(info.dli_fname, "libc++abi.so") != NULL);
}

static void *find_in(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	void *address = handle != NULL ? dlsym(handle, name) : NULL;

	if (handle != NULL)
		real.dlclose(handle);
	return address;
}

/* NULL: there is none anywhere. */
cold static void *find(struct cxx_operator *op)
{
	void *address = dlsym(RTLD_NEXT, op->name);

	if (address == NULL)
		address = find_in("libstdc++.so.6", op->name);
	if (address == NULL)
		address = find_in("libc++.so.1", op->name);
	if (address == NULL)
		return NULL;
	op->plain = calls_malloc(address);
	op->address = address;
	return address;
}

static inline void *real_operator(struct cxx_operator *op)
{
	void *address =
		atomic_load_explicit(&op->address, memory_order_acquire);

	return likely(address != NULL) ? address : find(op);
}

/*
 * Allocations that this thread has asked for.  Some forms of an allocator's new
 * go to its insides, others (jemalloc's aligned ones) call its memalign(),
 * where we stand as well: what was seen there is not seen again here.
 */
static inline uint64_t seen(void)
{
	const struct thread *t = guard.thread;

	/* In a forked child the state has been wiped. */
	return t != NULL && t->slot != NULL ? t->slot->seen : 0;
}

/* Is the block at @p to be freed now?  Forms of delete ask before they do. */
static inline bool deletes(struct cxx_operator *op, void *p)
{
	return op->plain || !live_maybe(p) || recorder_free(p);
}

/*
 * FORM(name, parameters, arguments, size): a form of new.  Where no C++ library
 * is loaded there is nothing that could throw either, and malloc() must do.
 */
#define FORM_OF_NEW(name, parameters, arguments, size)                         \
	EXPORT void *name parameters;                                          \
	void *name parameters                                                  \
	{                                                                      \
		static struct cxx_operator op = {#name, NULL, false};          \
		void *(*next)parameters = real_operator(&op);                  \
		uint64_t before;                                               \
		void *p;                                                       \
                                                                               \
		if (unlikely(next == NULL))                                    \
			return recorder_framed(preload_malloc(size, FRAME));   \
		if (likely(op.plain))                                          \
			return next arguments;                                 \
		before = seen();                                               \
		p = next arguments;                                            \
		if (likely(p != NULL) && seen() == before)                     \
			recorder_allocated(p, size, true, FRAME);              \
		return p;                                                      \
	}

#define FORM_OF_DELETE(name, parameters, arguments)                            \
	EXPORT void name parameters;                                           \
	void name parameters                                                   \
	{                                                                      \
		static struct cxx_operator op = {#name, NULL, false};          \
		void(*next) parameters = real_operator(&op);                   \
                                                                               \
		if (unlikely(next == NULL))                                    \
			free(p);                                               \
		else if (deletes(&op, p))                                      \
			next arguments;                                        \
	}

/* nothrow_t is passed by reference, align_val_t as a size_t. */
FORM_OF_NEW(_Znwm, (size_t n), (n), n)
FORM_OF_NEW(_Znam, (size_t n), (n), n)
FORM_OF_NEW(_ZnwmRKSt9nothrow_t, (size_t n, const void *t), (n, t), n)
FORM_OF_NEW(_ZnamRKSt9nothrow_t, (size_t n, const void *t), (n, t), n)
FORM_OF_NEW(_ZnwmSt11align_val_t, (size_t n, size_t a), (n, a), n)
FORM_OF_NEW(_ZnamSt11align_val_t, (size_t n, size_t a), (n, a), n)
FORM_OF_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t,
	    (size_t n, size_t a, const void *t), (n, a, t), n)
FORM_OF_NEW(_ZnamSt11align_val_tRKSt9nothrow_t,
	    (size_t n, size_t a, const void *t), (n, a, t), n)

FORM_OF_DELETE(_ZdlPv, (void *p), (p))
FORM_OF_DELETE(_ZdaPv, (void *p), (p))
FORM_OF_DELETE(_ZdlPvm, (void *p, size_t n), (p, n))
FORM_OF_DELETE(_ZdaPvm, (void *p, size_t n), (p, n))
FORM_OF_DELETE(_ZdlPvRKSt9nothrow_t, (void *p, const void *t), (p, t))
FORM_OF_DELETE(_ZdaPvRKSt9nothrow_t, (void *p, const void *t), (p, t))
FORM_OF_DELETE(_ZdlPvSt11align_val_t, (void *p, size_t a), (p, a))
FORM_OF_DELETE(_ZdaPvSt11align_val_t, (void *p, size_t a), (p, a))
FORM_OF_DELETE(_ZdlPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))
FORM_OF_DELETE(_ZdaPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))
FORM_OF_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t,
	       (void *p, size_t a, const void *t), (p, a, t))
FORM_OF_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t,
	       (void *p, size_t a, const void *t), (p, a, t))
