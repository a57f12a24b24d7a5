/* SPDX-License-Identifier: MIT */
#pragma once

#include <check.h>

/* One suite a module, in the file of the same name.  See unit.c. */

Suite *options_suite(void);
