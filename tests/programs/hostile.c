/* SPDX-License-Identifier: MIT */

/*
 * Holds 1000, 2000, 3000 and 4000 bytes in functions that html.sh renames, when
 * it compiles them apart, to what would be markup or script if a page took it
 * for that.
 */

#include <stdlib.h>

extern int heapprof_mark(const char *label) __attribute__((weak));

void *hostile_a(size_t n);
void *hostile_b(size_t n);
void *hostile_c(size_t n);
void *hostile_d(size_t n);

static void *volatile held[4];

#ifdef HOSTILE_NAMES

#define HOSTILE(name)                                                          \
	__attribute__((noipa)) void *name(size_t n)                            \
	{                                                                      \
		return malloc(n);                                              \
	}
HOSTILE(hostile_a)
HOSTILE(hostile_b)
HOSTILE(hostile_c)
HOSTILE(hostile_d)

#else

int main(void)
{
	held[0] = hostile_a(1000);
	if (heapprof_mark)
		heapprof_mark("</script><img src=x onerror=alert(1)>");
	held[1] = hostile_b(2000);
	held[2] = hostile_c(3000);
	held[3] = hostile_d(4000);
	return held[0] && held[1] && held[2] && held[3] ? 0 : 1;
}

#endif
