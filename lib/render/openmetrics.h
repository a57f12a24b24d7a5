/* SPDX-License-Identifier: MIT */
#pragma once

#include "render.h"

/*
 * The heap over time as OpenMetrics, which Prometheus and the like can load:
 * promtool tsdb create-blocks-from openmetrics FILE.
 */
int openmetrics_history(const struct target *t, const struct result *r);
