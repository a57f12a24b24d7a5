/* SPDX-License-Identifier: MIT */
#include "svg.h"

/* As the compiler reads no files, the assembler does. */
__asm__(".pushsection .rodata\n"
	"svg_script_begin:\n"
	".incbin \"web/svg/flame.js\"\n"
	"svg_script_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char svg_script_begin[], svg_script_end[];

void svg_script(FILE *out)
{
	fputs("<script><![CDATA[\n", out);
	fwrite(svg_script_begin, 1, (size_t)(svg_script_end - svg_script_begin),
	       out);
	fputs("]]></script>\n", out);
}
