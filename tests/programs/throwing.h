/* SPDX-License-Identifier: MIT */
#pragma once

/* Throws, catches and rethrows through allocating frames: 0 if all is well. */
extern "C" int throwing(void);
