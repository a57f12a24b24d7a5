/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every other file may use: attributes and a few macros.
 */

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define cold __attribute__((cold, noinline))
#define hot inline __attribute__((always_inline))
#define apart __attribute__((noinline))
#define must_check __attribute__((warn_unused_result))
#define printf_like(text, first) __attribute__((format(printf, text, first)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
