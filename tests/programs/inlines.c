/* SPDX-License-Identifier: MIT */
/* Functions inlined into one another, and what lies where.  See inlines.h. */

#include "inlines.h"

INLINE void leaf(int outer_line, int middle_line)
{
	struct line lines[] = {
		{"leaf", __LINE__ + 5},
		{"middle", middle_line},
		{"outer", outer_line},
	};

	show(lines, 3);
	STAY;
}

INLINE void middle(int outer_line)
{
	if (outer_line) {
		leaf(outer_line, __LINE__);
	}
}

OUTLINE void outer(void)
{
	middle(__LINE__);
	middle(__LINE__);
	STAY;
}

OUTLINE void direct(void)
{
	struct line line = {"direct", __LINE__ + 2};

	show(&line, 1);
	STAY;
}

/* A function without a size, and code after it that has no name at all. */
__asm__(".section .text.nosize, \"ax\", %progbits\n"
	".globl nosize\n"
	".type nosize, %function\n"
	"nosize:\n"
	"	nop\n"
	"	nop\n"
	".globl nosize_end\n"
	".type nosize_end, %notype\n"
	"nosize_end:\n"
	"	nop\n"
	".text\n");

int main(void)
{
	outer();
	direct();
	return 0;
}
