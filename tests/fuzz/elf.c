/* SPDX-License-Identifier: MIT */

/* Input: the ELF file of a module. */

#include "fuzz.h"
#include "module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	module_look_up(data, size);
	return 0;
}
