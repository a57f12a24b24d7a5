/* SPDX-License-Identifier: MIT */

#include "memory.h"

#include <string.h>

#include "sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static void *map(size_t size, int flags)
{
	void *p = sys_map(size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags,
			  -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *memory_map(size_t size)
{
	return map(size, 0);
}

void *memory_map_filled(size_t size)
{
	return map(size, MAP_POPULATE);
}

void memory_unmap(void *p, size_t size)
{
	sys_unmap(p, size);
}

void memory_clear(void *p, size_t size)
{
	/* Locked pages cannot be dropped. */
	if (syscall(SYS_madvise, p, size, MADV_DONTNEED) != 0)
		memset(p, 0, size);
}

bool memory_wipe_on_fork(void *p, size_t size)
{
	return syscall(SYS_madvise, p, size, MADV_WIPEONFORK) == 0;
}
