/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

/*
 * Built twice, as two libraries of the same shape, so that the second lands
 * where the first was: FUNCTION names its only function.
 */

void *FUNCTION(size_t size);

void *FUNCTION(size_t size)
{
	char *p = malloc(size);

	if (p)
		p[0] = 1; /* no tail call: this frame is what the test is for */
	return p;
}
