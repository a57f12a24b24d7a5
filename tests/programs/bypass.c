/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

/* A plugin that allocates for others. */

void *bypass_take(size_t size);
void bypass_give(void *p);

void *bypass_take(size_t size)
{
	return malloc(size);
}

void bypass_give(void *p)
{
	free(p);
}
