/* SPDX-License-Identifier: MIT */

/*
 * Preloaded into a program: compares stack_walk(), which remembers the last
 * stack that it was asked for, with libunwind, which is not allowed to, frame
 * by frame, at every STACKCHECK_EVERY-th allocation and wherever the program
 * calls stackcheck_here().  The counts are in the file STACKCHECK_OUTPUT, four
 * 64-bit numbers, those of forked and executed children included; stacks
 * that differ are in STACKCHECK_OUTPUT.differ.
 *
 * "no table" are stacks that end with us where no unwind table is and where
 * libunwind goes on by guessing.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../reference.h"
#include "base.h"
#include "capture/stack.h"
#include "capture/unwind.h"

#define exported __attribute__((visibility("default")))
#define initial_exec __attribute__((tls_model("initial-exec")))

#define MAX_FRAMES 2048
#define MAX_REPORTED 20

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *old, size_t size);

struct counts {
	_Atomic uint64_t same, no_table, differ, frames;
};

/* Mapped from the file; shared with other processes. */
static struct counts *counts;
static unsigned long every = 1;
static int report = -1;

static _Thread_local initial_exec bool busy;
static _Thread_local initial_exec unsigned long nr_calls;
static _Thread_local initial_exec uintptr_t *ours, *theirs;
static _Thread_local initial_exec struct stack stack;

static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static const char *module_name(uintptr_t pc)
{
	struct dl_find_object object;

	if (_dl_find_object((void *)pc, &object) != 0)
		return "?";
	return object.dlfo_link_map->l_name;
}

static uintptr_t module_base(uintptr_t pc)
{
	struct dl_find_object object;

	if (_dl_find_object((void *)pc, &object) != 0)
		return 0;
	return object.dlfo_link_map->l_addr;
}

static void write_stack(const char *who, const uintptr_t *pcs, size_t nr)
{
	size_t i;

	dprintf(report, "%s (%zu)\n", who, nr);
	for (i = 0; i < nr; i++)
		dprintf(report, "\t%#lx %s+%#lx\n", pcs[i],
			module_name(pcs[i] - 1),
			pcs[i] - module_base(pcs[i] - 1));
}

static bool is_libgcc_at_work(size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (unwind_is_at_work(ours[i]))
			return true;
	return false;
}

static void compare(size_t nr_ours, size_t nr_theirs)
{
	size_t i;

	for (i = 1; i < nr_ours && i < nr_theirs; i++)
		if (ours[i] != theirs[i])
			break;
	atomic_fetch_add(&counts->frames, nr_ours);
	if (i == nr_ours && i == nr_theirs) {
		atomic_fetch_add(&counts->same, 1);
		return;
	}
	/* While libgcc is at work it cannot be asked: it may hold its lock. */
	if (i == nr_ours && (is_libgcc_at_work(nr_ours) ||
			     !unwind_registered(ours[i - 1] - 1))) {
		atomic_fetch_add(&counts->no_table, 1);
		return;
	}
	if (atomic_fetch_add(&counts->differ, 1) >= MAX_REPORTED)
		return;
	dprintf(report, "%s: pid %d, frame %zu\n",
		program_invocation_short_name, getpid(), i);
	write_stack("ours", ours, nr_ours);
	write_stack("libunwind", theirs, nr_theirs);
}

static bool prepare(void)
{
	void *memory;

	if (ours)
		return true;
	memory = map(STACK_MEMORY(MAX_FRAMES), MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!memory)
		return false;
	stack_use(&stack, memory, MAX_FRAMES);
	ours = map(2 * MAX_FRAMES * sizeof(*ours), MAP_PRIVATE | MAP_ANONYMOUS,
		   -1);
	theirs = ours + MAX_FRAMES;
	return ours != NULL;
}

/* Our walk, beginning within the caller. */
static __attribute__((noinline)) size_t walk(void)
{
	size_t i;

	stack_walk(&stack, __builtin_frame_address(0), MAX_FRAMES);
	for (i = 0; i < stack.nr; i++)
		ours[i] = stack.frames[stack.nr - 1 - i].at.pc;
	return stack.nr;
}

exported __attribute__((noinline)) void stackcheck_here(void)
{
	int saved = errno;
	size_t nr_ours, nr_theirs;

	if (busy || !counts)
		return;
	busy = true;
	if (prepare()) {
		nr_ours = walk();
		nr_theirs = reference_walk(theirs, MAX_FRAMES);
		compare(nr_ours, nr_theirs);
	}
	busy = false;
	errno = saved;
}

static inline void count(void)
{
	if (++nr_calls % every == 0)
		stackcheck_here();
}

exported void *malloc(size_t size)
{
	void *block = __libc_malloc(size);

	count();
	return block;
}

exported void *calloc(size_t nr, size_t size)
{
	void *block = __libc_calloc(nr, size);

	count();
	return block;
}

exported void *realloc(void *old, size_t size)
{
	void *block = __libc_realloc(old, size);

	count();
	return block;
}

static void forget(void)
{
	stack_unloaded();
	unw_flush_cache(unw_local_addr_space, 0, 0);
}

exported int dlclose(void *handle)
{
	int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "dlclose");
	int result;

	forget();
	result = real(handle);
	forget();
	return result;
}

static int open_output(const char *path, const char *suffix, int flags)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return open(name, flags | O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("STACKCHECK_OUTPUT");
	const char *number = getenv("STACKCHECK_EVERY");
	int fd;

	busy = true;
	stack_init();
	if (number && atol(number) > 0)
		every = (unsigned long)atol(number);
	if (path) {
		report = open_output(path, ".differ", O_APPEND);
		fd = open_output(path, "", 0);
		if (fd >= 0 && ftruncate(fd, sizeof(*counts)) == 0)
			counts = map(sizeof(*counts), MAP_SHARED, fd);
		close(fd);
	}
	busy = false;
}
