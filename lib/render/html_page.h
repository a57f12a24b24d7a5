/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * The built page of web/, as it is embedded at build time.  The data goes
 * between its two parts.
 */
struct html_page {
	const char *before, *after;
	size_t nr_before, nr_after; /* bytes */
};

/* All empty where the library was built without a page. */
struct html_page html_page_get(void);
