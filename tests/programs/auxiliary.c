/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <sys/auxv.h>

/*
 * Looks for the auxiliary vector where the kernel puts it, behind the
 * environment, as runtimes do that are not made by libc.  Prints the types that
 * are there, and the exit status is 1 if a value is not what libc says.
 */

int main(int argc, char **argv)
{
	char **p = argv + argc + 1;
	const ElfW(auxv_t) * a;
	int wrong = 0;

	while (*p)
		p++;
	for (a = (const void *)(p + 1); a->a_type != AT_NULL; a++) {
		if (a->a_type == AT_IGNORE)
			continue;
		/* libc has its own idea of the processor. */
		if (a->a_type != AT_HWCAP)
			wrong |= getauxval(a->a_type) != a->a_un.a_val;
		printf("%lu\n", (unsigned long)a->a_type);
	}
	return wrong;
}
