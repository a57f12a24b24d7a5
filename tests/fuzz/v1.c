/* SPDX-License-Identifier: MIT */

/*
 * Both files of a profile of version 1.
 *
 * Input: a choice, two bytes with the length of .hpm, .hpm, and .hpd.
 */

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = {data, data + size, false};
	struct fuzz_choice choice = fuzz_choose(&in);
	struct cursor meta = fuzz_take(&in, fuzz_number(&in, 2));

	fuzz_write("hpm", meta.p, (size_t)(meta.end - meta.p));
	fuzz_write("hpd", in.p, (size_t)(in.end - in.p));
	fuzz_profile(&choice);
	return 0;
}
