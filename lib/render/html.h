/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * A page for browsers that shows all of a profile, in one file: web/ has its
 * sources.  What it shows stands in it compressed; a page does not say a word
 * of the profile that is not in there, so that nothing need be escaped.
 */
int html_explore(const struct target *t, const struct result *r);

/* Why there is no page in this library; NULL: there is one. */
extern const char *const html_lacks;
