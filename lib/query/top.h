/* SPDX-License-Identifier: MIT */
#pragma once

#include "query.h"

/* What a table of @metric is about: "Live bytes". */
const char *top_title(enum metric metric);
