/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "html.h"
#include "html_page.h"

/* In the page, where the data goes. */
#define MARK "<!--DATA-->"

#ifdef HTML_PAGE

/* As the compiler reads no files, the assembler does. */
__asm__(".pushsection .rodata\n"
	"html_page_begin:\n"
	".incbin \"" HTML_PAGE "\"\n"
	"html_page_end:\n"
	".byte 0\n"
	".popsection\n");

extern const char html_page_begin[], html_page_end[];

const char *const html_lacks;

struct html_page html_page_get(void)
{
	const char *mark = strstr(html_page_begin, MARK);
	const char *after = mark + strlen(MARK);

	return (struct html_page){
		.before = html_page_begin,
		.nr_before = (size_t)(mark - html_page_begin),
		.after = after,
		.nr_after = (size_t)(html_page_end - after),
	};
}

#else

const char *const html_lacks =
	"this heapprof was built without the page for browsers; take another "
	"format, or build it again where node and npm are installed";

struct html_page html_page_get(void)
{
	return (struct html_page){"", "", 0, 0};
}

#endif
