/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Asks the servers in $DEBUGINFOD_URLS, or the cache of earlier answers, for
 * the debug file of @build_id.  The only place that may reach the network; it
 * gives up after 30 seconds without an answer, or $DEBUGINFOD_TIMEOUT.
 *
 * Returns a descriptor; -ENOSYS if libdebuginfod is not installed; -ENOENT if
 * none has it; another -errno if it could not be had.
 */
int debuginfod_open(const uint8_t *build_id, size_t length);
