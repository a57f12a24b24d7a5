/* SPDX-License-Identifier: MIT */
#pragma once

/* How many to do at a time: @wanted, or 0 for one on each processor. */
unsigned jobs_number(unsigned wanted);
