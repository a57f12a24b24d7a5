/* SPDX-License-Identifier: MIT */
#pragma once

#include "history.h"
#include "query.h"

/* Lets events be pulled from @h, if there is a log.  0 or -ENOMEM. */
int history_log_open(const struct query *q, struct history *h);
